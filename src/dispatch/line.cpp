#include "dispatch/line.h"

namespace inferenceflow::dispatch {

namespace {

const config::provider_settings* provider_of(const config::settings& settings, const routing::route& target) {
  return target.provider_index == routing::k_local_provider ? nullptr : &settings.providers[target.provider_index];
}

bool switched_off(const config::settings& settings, const routing::route& target) {
  const auto* const provider = provider_of(settings, target);
  return provider == nullptr ? !settings.local.enabled : !provider->enabled();
}

/// What holds for a target: said everywhere, for its provider, for the public name; the later wins.
config::resilience_settings values_of(const config::settings& settings, const routing::route& target) {
  const auto* const provider = provider_of(settings, target);
  const auto below = provider == nullptr ? settings.resilience : merged(settings.resilience, provider->resilience);
  return merged(below, target.resilience);
}

/// What fits into a target's context; 0 = not known, as of every upstream.
std::uint64_t context_of(const config::settings& settings, const routing::route& target) {
  for (const auto& model : settings.local.models) {
    if (target.provider_index == routing::k_local_provider && model.name == target.upstream_model) {
      return model.context_tokens;
    }
  }
  return 0;
}

resilience::balance_policy policy_of(config::balance_policy wanted) {
  switch (wanted) {
  case config::balance_policy::weighted: return resilience::balance_policy::weighted;
  case config::balance_policy::least_outstanding: return resilience::balance_policy::least_outstanding;
  case config::balance_policy::sticky: return resilience::balance_policy::sticky;
  case config::balance_policy::in_order:
  case config::balance_policy::peak_ewma: break;
  }
  return resilience::balance_policy::peak_ewma;
}

/// The first `shared` candidates stand together, the others alone.
void group(line& made, const routing::route& of, const std::vector<std::uint32_t>& weights,
           const config::resilience_settings& values) {
  if (of.balance == config::balance_policy::in_order || weights.size() < 2) {
    return;
  }
  std::vector<resilience::balanced_target> members;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    members.push_back(
        {.load = &made.targets[i]->machine.load, .identity = made.routes[i]->identity, .weight = weights[i]});
  }
  made.balancers.push_back(std::make_unique<resilience::balancer>(
      resilience::balancer_settings{.policy = policy_of(of.balance), .sticky_load_percent = values.sticky_load_percent},
      std::move(members)));
  made.groups.push_back({.choice = made.balancers.back().get(), .count = weights.size()});
  made.groups.resize(made.routes.size() - weights.size() + 1);
  made.sticky = of.balance == config::balance_policy::sticky;
}

} // namespace

line::line(const config::resilience_settings& values)
    : own(values)
    , retries(retry_settings_of(values)) {
  continue_elsewhere = values.continue_elsewhere;
  plan.filtered_goes_on = values.retry.after_filter;
}

std::shared_ptr<line> make_line(const config::settings& settings, const std::shared_ptr<const routing::route>& of,
                                machine_registry& machines) {
  const auto own = values_of(settings, *of);
  auto made = std::make_shared<line>(own);
  made->budget = machines.budget_of(own);
  made->hedges = machines.hedges_of(own);
  std::vector<std::uint32_t> weights;
  const auto add = [&](const std::shared_ptr<const routing::route>& target) {
    const auto values = values_of(settings, *target);
    const auto on = machines.backend_of(provider_of(settings, *target), values);
    made->routes.push_back(target);
    made->targets.push_back(machines.target_of(on, target->upstream_model, values));
  };
  if (of->chain.empty() && !switched_off(settings, *of)) {
    add(of);
  }
  for (std::size_t i = 0; i < of->chain.size(); ++i) {
    if (!switched_off(settings, *of->chain[i])) {
      add(of->chain[i]);
      if (i < of->weights.size()) {
        weights.push_back(of->weights[i]);
      }
    }
  }
  for (const auto& target : made->targets) {
    made->candidates.push_back(
        {.to = &target->machine, .context_tokens_max = context_of(settings, *made->routes[made->candidates.size()])});
  }
  group(*made, *of, weights, own);
  return made;
}

} // namespace inferenceflow::dispatch
