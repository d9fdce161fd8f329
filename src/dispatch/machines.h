/// What is remembered of backends between requests, kept by what it belongs to.
///
/// Role:      line.cpp takes a target's machines from the registry; equal keys share one.
/// Lifecycle: a machine lives while a line holds it; a reload that asks for the same key finds it again.
/// Threading: the registry and everything in it are guarded by the switchboard's mutex.
/// Bounds:    as many as lines hold.
#pragma once

#include "config/settings.h"
#include "resilience/backend.h"
#include "resilience/hedge_policy.h"
#include "resilience/retry_budget.h"
#include "resilience/retry_policy.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace inferenceflow::dispatch {

/// One backend as all requests see it.
struct backend_state {
  backend_state(std::string provider_name, const resilience::backend_settings& settings)
      : provider(std::move(provider_name))
      , machine(settings) {}
  std::string provider;
  resilience::backend machine;
  bool probing = false; ///< a probe is under way
};

/// One model on it.
struct target_state {
  target_state(std::shared_ptr<backend_state> behind, std::string model_name,
               const resilience::target_settings& settings)
      : on(std::move(behind))
      , model(std::move(model_name))
      , machine(on->machine, settings) {}
  std::shared_ptr<backend_state> on;
  std::string model;
  resilience::target machine;
};

class machine_registry {
public:
  /// @param provider  null for the in-process engine. @param values  merged for this backend.
  [[nodiscard]] std::shared_ptr<backend_state> backend_of(const config::provider_settings* provider,
                                                          const config::resilience_settings& values);
  /// @param model  the backend's name of it.
  [[nodiscard]] std::shared_ptr<target_state> target_of(const std::shared_ptr<backend_state>& on,
                                                        std::string_view model,
                                                        const config::resilience_settings& values);
  [[nodiscard]] std::shared_ptr<resilience::retry_budget> budget_of(const config::resilience_settings& values);
  [[nodiscard]] std::shared_ptr<resilience::hedge_policy> hedges_of(const config::resilience_settings& values);

  /// Forgets what nobody holds any more.
  void prune();

private:
  template <class T> using kept = std::unordered_map<std::uint64_t, std::weak_ptr<T>>;

  kept<backend_state> backends_;
  kept<target_state> targets_;
  kept<resilience::retry_budget> budgets_;
  kept<resilience::hedge_policy> hedges_;
};

/// The part of a block that the machines of one request take: how often and when it is sent again.
[[nodiscard]] resilience::retry_settings retry_settings_of(const config::resilience_settings& values);

} // namespace inferenceflow::dispatch
