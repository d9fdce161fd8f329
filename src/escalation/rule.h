/// What to do with a cheap answer: serve it, ask again, or ask a dearer model.
///
/// Role:      pipeline asks once per answer; routing/choice brings the costs and times.
/// Lifecycle: pure function over values.
/// Threading: reentrant.
/// Bounds:    O(tiers); a reason of one line.
/// Source:    formulas in README.md of this folder; threshold of risk_control.h.
#pragma once

#include "base/money.h"
#include "escalation/confidence.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace inferenceflow::escalation {

/// What a route wants; the same for each of its requests.
struct rule {
  money loss = {};                ///< what a wrong answer costs the operator; 0 = not stated, then it moves nothing
  double threshold = 1;           ///< served only below it (risk_control.h); above 1 - as 2 - serves whatever it is
  bool threshold_kept = false;    ///< whether `threshold` holds at all; without, only the other reasons count
  bool invalid_escalates = true;  ///< an answer that breaks the asked format
  bool refusal_escalates = true;  ///< an answer that declines
  double sampling_share_max = .5; ///< samples are taken while all of them cost at most this share of the dearer model
};

/// A dearer model, as it would answer this request.
struct tier {
  money cost = {};                     ///< expected, of asking it now
  std::chrono::milliseconds time = {}; ///< expected, until its answer is there
  std::optional<double> p_wrong = {};  ///< expected; not known counts as 0, as in the issue's formula
  bool usable = true;                  ///< healthy, capable, allowed
};

/// One request at the moment when an answer is there.
struct situation {
  signals seen = {};
  double p_wrong = 1;                    ///< of trust.h; NaN counts as 1
  double confidence_min = 0;             ///< the request's min_confidence: 1 − p_wrong must reach it; 0 = not asked
  std::span<const tier> tiers = {};      ///< cheapest first; the one that answered is not among them
  std::optional<money> budget_left = {}; ///< of the request; absent = unlimited
  std::optional<std::chrono::milliseconds> time_left = {}; ///< to its deadline; absent = unlimited
  std::uint32_t samples = 1;                               ///< answers of the cheap model so far
  std::uint32_t samples_max = 1;                           ///< 1 = never ask again
  money sample_cost = {};                                  ///< of one more
  std::chrono::milliseconds sample_time = {};
};

enum class step : std::uint8_t { serve, sample, escalate };

/// Why; stable names in logs, the ledger and metrics.
enum class cause : std::uint8_t {
  trusted,    ///< served: nothing speaks against it
  format,     ///< breaks the asked format
  empty,      ///< there is no answer
  refusal,    ///< declined
  confidence, ///< below the request's min_confidence
  threshold,  ///< P(wrong) at or above the conformal threshold
  loss,       ///< P(wrong) × loss exceeds the dearer model's cost
};

/// What kept it from escalating although there was a cause.
enum class hindrance : std::uint8_t { none, no_tier, budget, time };

struct ruling {
  step what = step::serve;
  std::size_t tier = 0; ///< index into situation::tiers; only with step::escalate
  cause why = cause::trusted;
  hindrance hindered = hindrance::none; ///< with step::serve: served although not trusted
  std::string reason = {};              ///< one line for people
};

/// Stable lower-case names.
[[nodiscard]] std::string_view to_string(step what) noexcept;
[[nodiscard]] std::string_view to_string(cause why) noexcept;
[[nodiscard]] std::string_view to_string(hindrance what) noexcept;

/// Decides. The first cause that holds, in the order of `cause`, is named. A dearer model is asked only if its expected
/// cost is within the budget left and its expected time within the time left; with a negative budget none is.
/// - format, empty, refusal, confidence: the first usable tier within both.
/// - threshold: the same, passing over tiers that are known to be no better than what is there.
/// - loss: the tier with the greatest (P(wrong) − P(wrong of the tier)) × loss − cost, if that is above 0.
/// Instead of escalating because of confidence, threshold or loss, another sample is taken while there may be more and
/// all samples still to come cost no more than sampling_share_max of that tier.
[[nodiscard]] ruling decide(const rule& by, const situation& now);

} // namespace inferenceflow::escalation
