/// A route's targets in order of preference, each with what is remembered of it.
///
/// Role:      a journey follows it; pipeline/ reads which route a candidate stands for.
/// Lifecycle: made by line_table; a request holds it until its journey has ended.
/// Threading: `routes` and the flags are immutable; everything else is guarded by the switchboard's mutex.
/// Bounds:    resilience::fallback_plan::k_candidates_max targets.
#pragma once

#include "dispatch/machines.h"
#include "resilience/fallback_plan.h"
#include "routing/route_table.h"

#include <memory>
#include <vector>

namespace inferenceflow::dispatch {

struct line {
  explicit line(const config::resilience_settings& values);

  std::vector<std::shared_ptr<const routing::route>>
      routes;                      ///< by candidate; targets that are switched off are left out
  bool sticky = false;             ///< some group balances by conversation: the journey wants a prefix hash
  bool continue_elsewhere = false; ///< a broken stream may be continued by the next target

  config::resilience_settings own; ///< what it was made with
  resilience::plan_settings plan;
  resilience::retry_policy retries;
  std::shared_ptr<resilience::retry_budget> budget;
  std::shared_ptr<resilience::hedge_policy> hedges;
  std::vector<std::shared_ptr<target_state>> targets; ///< by candidate
  std::vector<resilience::plan_candidate> candidates; ///< point into targets
  std::vector<std::unique_ptr<resilience::balancer>> balancers;
  std::vector<resilience::plan_group> groups; ///< point into balancers
};

/// Builds the line of a route. Call under the switchboard's mutex.
[[nodiscard]] std::shared_ptr<line> make_line(const config::settings& settings,
                                              const std::shared_ptr<const routing::route>& of,
                                              machine_registry& machines);

} // namespace inferenceflow::dispatch
