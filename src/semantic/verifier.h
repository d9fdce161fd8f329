/// Decides whether a near entry's answer may serve, within the operator's bound on wrong answers.
///
/// Role:      semantic_cache keeps one per tenant and route; eval-cache drives the same code.
/// Lifecycle: construct → decide() per request → learn() for what was explored and judged.
/// Threading: none of its own; the caller locks.
/// Bounds:    about 6 KiB; k_candidates_max candidates per decision.
/// Source:    vCache (arXiv 2502.03771): explore or exploit so that P(wrong) stays under δ, each entry with a threshold
///            of its own. Different here: the budget is one for all requests instead of δ for each, so that it goes to
///            the answers that are surest (error_budget.h).
///
/// A request that is not served calls the model; its answer is then compared with the candidates' answers, off the hot
/// path, and learn() hears the result. That is exploration, and it costs no wrong answer.
#pragma once

#include "semantic/belief.h"
#include "semantic/error_budget.h"
#include "semantic/evidence.h"
#include "semantic/risk_table.h"

#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace inferenceflow::semantic {

/// A candidate and what was believed of it when it was weighed.
struct weighed {
  candidate of;
  double believed_risk = 1; ///< before correction by the record
  double risk = 1;          ///< probability that serving it is wrong
  double cautious_risk = 1; ///< the same if the belief is as wrong as it may well be
};

enum class verdict : std::uint8_t {
  serve,   ///< candidates.front() answers
  audit,   ///< it could, but the model is called to see whether it would have been right
  explore, ///< not sure enough: call the model and compare
};

struct decision {
  verdict what = verdict::explore;
  std::vector<weighed> candidates; ///< least risky first; empty when nothing is near
  double looked_at_share = 1;      ///< probability with which such a request is explored rather than served
};

class verifier {
public:
  explicit verifier(double error_max)
      : budget_(error_max) {}

  /// Offsets of an entry and its answer, from the caller's table.
  using offsets = std::function<std::pair<offset, offset>(const candidate&)>;

  /// Counts a request and decides.
  /// @param found    with their wording; vetoed ones left out by the caller.
  /// @param uniform  drawn by the caller from [0, 1).
  [[nodiscard]] decision decide(std::span<const candidate> found, const offsets& of, double uniform);

  /// What the comparison found for one candidate of a decision that was not served.
  /// @param first   whether it was the least risky one: the budget's audits look at no other.
  /// @param entry, answer  moved by what was learned.
  void learn(const decision& taken, const weighed& about, bool right, offset& entry, offset& answer);

  [[nodiscard]] const error_budget& budget() const { return budget_; }
  [[nodiscard]] const belief& beliefs() const { return belief_; }
  [[nodiscard]] const risk_table& table() const { return table_; }
  void set_error_max(double error_max) { budget_.set_error_max(error_max); }
  /// @returns false, and changes nothing, for a state that no run could have produced.
  [[nodiscard]] bool restore(const belief& beliefs, const risk_table& table, const budget_state& budget);

private:
  belief belief_;
  risk_table table_;
  error_budget budget_;
};

/// A record's offsets before anything was seen.
inline constexpr offset k_new_entry{.mean = 0, .variance = 0.3};
inline constexpr offset k_new_answer{.mean = 0, .variance = 0.5};

} // namespace inferenceflow::semantic
