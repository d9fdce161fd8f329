#include "dispatch/machines.h"

#include "routing/route_table.h"

#include <algorithm>
#include <fmt/format.h>
#include <xxhash.h>

namespace inferenceflow::dispatch {

namespace {

std::uint64_t hash_of(const std::string& text) {
  return XXH3_64bits(text.data(), text.size());
}

resilience::key_settings key_settings_of(const config::resilience_settings& values) {
  return {.refused_time = values.keys.refused_time, .limited_time = values.keys.limited_time};
}

resilience::backend_settings backend_settings_of(const config::resilience_settings& values, std::size_t keys) {
  resilience::backend_settings made;
  made.keys = keys;
  made.wellness.call_failures = values.health.call_failures;
  made.wellness.probe_failures = values.health.probe_failures;
  made.wellness.successes = values.health.successes;
  made.wellness.probes = values.health.probe != config::probe_when::never;
  made.wellness.probes_well = values.health.probe == config::probe_when::always;
  made.wellness.probe_interval = values.health.probe_interval;
  made.wellness.sick_time = values.health.sick_time;
  made.places.most = values.concurrency.calls_max;
  made.places.least = values.concurrency.adaptive ? values.concurrency.calls_min : values.concurrency.calls_max;
  made.places.first = values.concurrency.adaptive ? values.concurrency.calls_first : values.concurrency.calls_max;
  made.places.tolerance_percent = values.concurrency.tolerance_percent;
  made.keys_bench = key_settings_of(values);
  made.waiting.waiters_max = values.queue.waiters_max;
  made.waiting.wait_max = values.queue.wait_max;
  made.waiting.refuse_as_rate_limit = values.queue.refusal == config::refuse_with::too_many_requests;
  return made;
}

resilience::hedge_settings hedge_settings_of(const config::resilience_settings& values) {
  resilience::hedge_settings made;
  made.enabled = values.hedge.enabled;
  made.quantile_permille = values.hedge.quantile_permille;
  made.samples_min = values.hedge.samples_min;
  made.share_percent = values.hedge.share_percent;
  made.delay_min = values.hedge.delay_min;
  made.delay_max = values.hedge.delay_max;
  return made;
}

resilience::target_settings target_settings_of(const config::resilience_settings& values) {
  resilience::target_settings made;
  made.breaker.window = values.breaker.window;
  made.breaker.failure_percent = values.breaker.failure_percent;
  made.breaker.calls_min = values.breaker.calls_min;
  made.breaker.consecutive_failures = values.breaker.consecutive_failures;
  made.breaker.open_time = values.breaker.open_time;
  made.breaker.open_time_max = values.breaker.open_time_max;
  made.hedging = hedge_settings_of(values);
  made.load_decay = values.load_decay;
  made.keys = key_settings_of(values);
  return made;
}

/// The state under `key`, or a new one made by `make`.
template <class Kept, class Make> auto shared_under(Kept& all, std::uint64_t key, const Make& make) {
  auto& place = all[key];
  if (auto found = place.lock()) {
    return found;
  }
  auto made = make();
  place = made;
  return made;
}

template <class Kept> void drop_unused(Kept& all) {
  std::erase_if(all, [](const auto& entry) { return entry.second.expired(); });
}

} // namespace

std::shared_ptr<backend_state> machine_registry::backend_of(const config::provider_settings* provider,
                                                            const config::resilience_settings& values) {
  const std::string name = provider != nullptr ? provider->name : "local";
  std::string address = provider != nullptr ? provider->base_url : std::string{};
  std::size_t keys = 1;
  if (provider != nullptr) {
    for (const std::string& key : provider->api_keys) { // other keys are another account
      address.append("\n").append(key);
    }
    keys = std::max<std::size_t>(provider->api_keys.size(), 1);
  }
  const auto shaped_by = fingerprint(values, {"keys.", "health.", "concurrency.", "queue."});
  const auto key = hash_of(fmt::format("{}\n{}\n{}\n{}", name, address, keys, shaped_by));
  return shared_under(backends_, key,
                      [&] { return std::make_shared<backend_state>(name, backend_settings_of(values, keys)); });
}

std::shared_ptr<target_state> machine_registry::target_of(const std::shared_ptr<backend_state>& on,
                                                          std::string_view model,
                                                          const config::resilience_settings& values) {
  const auto shaped_by = fingerprint(values, {"breaker.", "hedge.", "keys.", "load_decay_ms"});
  const auto key = hash_of(fmt::format("{}\n{}\n{}", static_cast<const void*>(on.get()), model, shaped_by));
  return shared_under(targets_, key, [&] {
    return std::make_shared<target_state>(on, std::string{model}, target_settings_of(values));
  });
}

std::shared_ptr<resilience::retry_budget> machine_registry::budget_of(const config::resilience_settings& values) {
  return shared_under(budgets_, fingerprint(values, {"retry.budget"}), [&] {
    return std::make_shared<resilience::retry_budget>(resilience::retry_budget_settings{
        .share_percent = values.retry.budget_percent, .floor_per_s = values.retry.budget_floor_per_s});
  });
}

std::shared_ptr<resilience::hedge_policy> machine_registry::hedges_of(const config::resilience_settings& values) {
  return shared_under(hedges_, fingerprint(values, {"hedge."}),
                      [&] { return std::make_shared<resilience::hedge_policy>(hedge_settings_of(values)); });
}

void machine_registry::prune() {
  drop_unused(backends_);
  drop_unused(targets_);
  drop_unused(budgets_);
  drop_unused(hedges_);
}

resilience::retry_settings retry_settings_of(const config::resilience_settings& values) {
  resilience::retry_settings made;
  made.attempts_max = values.retry.attempts_max;
  made.backoff_base = values.retry.backoff_base;
  made.backoff_max = values.retry.backoff_max;
  made.retry_after_max = values.retry.retry_after_max;
  made.deadline = values.retry.deadline;
  return made;
}

} // namespace inferenceflow::dispatch
