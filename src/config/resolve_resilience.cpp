#include "config/checks.h"
#include "config/setting_block.h"
#include "config/setting_rows.h"

#include <fmt/format.h>

namespace inferenceflow::config {
namespace {

/// Notes which keys of a block the file gives, and checks pairs of keys as they hold together with what is said above.
class block_resolver {
public:
  block_resolver(const key_places& places, problem_log& problems)
      : places_(places)
      , problems_(problems) {}

  void resolve(resilience_settings& block, const resilience_settings& outer, const std::string& path) {
    note_said(rows::k_resilience_scope, places_, path, block.said);
    const resilience_settings whole = merged(outer, block);
    at_least(path, "retry.backoff_max_ms", whole.retry.backoff_max, "retry.backoff_base_ms", whole.retry.backoff_base);
    at_least(path, "breaker.open_time_max_ms", whole.breaker.open_time_max, "breaker.open_time_ms",
             whole.breaker.open_time);
    at_least(path, "hedge.delay_max_ms", whole.hedge.delay_max, "hedge.delay_min_ms", whole.hedge.delay_min);
    if (!whole.concurrency.adaptive) {
      return; // calls_max alone
    }
    at_least(path, "concurrency.calls_max", whole.concurrency.calls_max, "concurrency.calls_min",
             whole.concurrency.calls_min);
  }

private:
  /// Only the block that says one of the two is blamed.
  template <class T>
  void at_least(const std::string& path, std::string_view key, const T& larger, std::string_view least_key,
                const T& least) {
    const std::string here = path + std::string(key);
    const std::string there = path + std::string(least_key);
    if (larger < least && (places_.contains(here) || places_.contains(there))) {
      const std::string& blamed = places_.contains(here) ? here : there;
      problems_.error(place_of(places_, blamed), blamed, {}, fmt::format("{} is less than {}", key, least_key),
                      fmt::format("{} of at least {}", key, least_key));
    }
  }

  const key_places& places_;
  problem_log& problems_;
};

} // namespace

void resolve_resilience(settings& target, const key_places& places, problem_log& problems) {
  block_resolver resolver(places, problems);
  resolver.resolve(target.resilience, resilience_settings{}, "resilience.");
  for (std::size_t i = 0; i < target.providers.size(); ++i) {
    resolver.resolve(target.providers[i].resilience, target.resilience, fmt::format("providers[{}].resilience.", i));
  }
  for (std::size_t i = 0; i < target.routes.size(); ++i) {
    resolver.resolve(target.routes[i].resilience, target.resilience, fmt::format("routes[{}].resilience.", i));
  }
}

} // namespace inferenceflow::config
