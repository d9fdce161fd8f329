/// Asks targets one after the other until an answer is trusted.
///
/// Role:      life::attempt() runs one in place of a single delivery where the route escalates, or where the request
///            wants to know how sure the answer is.
/// Lifecycle: one call of climb(); then take_outcome(), once.
/// Threading: one event loop.
/// Bounds:    a delivery per target, and at most escalation.samples calls of the first; a stream is held for
///            hold_tokens_max tokens or hold_ms, whichever comes first (screening.h).
/// Source:    docs/routing.md, "Escalation".
///
/// What answers cost that were thrown away is part of the outcome: usage and cost "elsewhere".
#pragma once

#include "escalation/agreement.h"
#include "escalation/json_shape.h"
#include "escalation/rule.h"
#include "pipeline/delivery.h"
#include "pipeline/route_choice.h"
#include "pipeline/screening.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace inferenceflow::pipeline {

struct climbed {
  delivered end; ///< elsewhere holds what thrown-away answers used
  std::uint32_t escalations = 0;
  std::optional<double> confidence = {}; ///< in the answer that goes out; nothing when it told nothing
  bool untrusted = false;                ///< it goes out because every better target failed
};

class ladder {
public:
  /// @param way  its decision learns which answers were not trusted, and why.
  /// Lifetime: all references outlive climb().
  ladder(const services& shared, std::shared_ptr<const generation> now, net::event_loop& loop, const request& asked,
         const routing::route& route, course& way, relay& stream, net::cancel_scope& scope);

  [[nodiscard]] net::task<void> climb();
  [[nodiscard]] climbed take_outcome() { return std::move(*done_); }

private:
  /// A target, and what follows it.
  struct rung {
    std::shared_ptr<dispatch::line> along;
    std::size_t candidate = 0; ///< into the decision's
    bool last = false;
  };

  [[nodiscard]] std::vector<rung> rungs() const;
  [[nodiscard]] result<void> prepare();
  [[nodiscard]] net::task<delivered> ask(const rung& step);
  [[nodiscard]] net::task<delivered> call(const rung& step, const rewritten_request* instead);
  [[nodiscard]] net::task<bool> trusted(const rung& step, delivered& got);
  [[nodiscard]] net::task<bool> trusted_stream(const rung& step, const delivered& got);
  [[nodiscard]] net::task<std::string> sample(const rung& step);
  [[nodiscard]] escalation::ruling rule_on(const rung& step, const escalation::signals& seen, std::uint32_t samples);
  [[nodiscard]] std::optional<double> confidence_in(const escalation::signals& seen) const;
  [[nodiscard]] std::vector<escalation::tier> tiers_above(const rung& step) const;
  [[nodiscard]] std::optional<std::chrono::milliseconds> time_left() const;
  [[nodiscard]] escalation::signals signals_of(const sighting& seen) const;
  [[nodiscard]] bool judge(const rung& step, const sighting& seen);
  void throw_away(const delivered& got);
  void set_aside(const delivered& got);
  [[nodiscard]] delivered last_resort();
  void serve(delivered got);
  void give_up_on(const rung& step);
  void hide_logprobs(dialogue::answer read, delivered& got) const;
  [[nodiscard]] dialogue::stream_wish wish() const;

  const services& shared_;
  std::shared_ptr<const generation> now_;
  net::event_loop& loop_;
  const request& asked_;
  const config::escalation_settings& settings_;
  course& way_;
  relay& stream_;
  net::cancel_scope& scope_;
  std::shared_ptr<const trust_model> trust_;
  bool escalates_;                              ///< else every answer is trusted, and only looked at
  bool show_logprobs_ = false;                  ///< the client has asked for them itself
  std::unique_ptr<rewritten_request> asks_;     ///< the request with token probabilities; null = as it is
  std::optional<escalation::json_shape> shape_; ///< of the asked format
  std::unique_ptr<screening> screen_;           ///< of the stream under way
  /// The newest answer that was not trusted, whole: better than none.
  struct spare {
    delivered end;
    std::optional<double> confidence;
    cost::token_usage elsewhere; ///< of answers before it
    money elsewhere_cost;
  };
  std::optional<spare> spare_;
  std::vector<rung> steps_;
  steady_time began_{};
  cost::token_usage elsewhere_;
  money elsewhere_cost_;
  std::size_t attempts_ = 0;
  std::uint32_t escalations_ = 0;
  std::optional<double> confidence_;
  std::string reason_;
  std::optional<climbed> done_;
};

} // namespace inferenceflow::pipeline
