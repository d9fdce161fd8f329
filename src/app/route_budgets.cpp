#include "app/route_budgets.h"

#include <map>

namespace inferenceflow::app {

namespace {

using spent_by_route = std::map<std::string, money>;

spent_by_route spent_since(std::int64_t from_ms, store::ledger& ledger, telemetry::logger& log) {
  constexpr std::size_t k_all = 1'000'000;
  const auto totals = ledger.totals({.group = store::cost_group::route, .from_ms = from_ms, .rows_max = k_all});
  spent_by_route spent;
  if (!totals) {
    log.error("the ledger does not tell what routes have spent; their budgets count from now",
              {{"reason", totals.error().message}});
    return spent;
  }
  for (const auto& one : *totals) {
    spent.emplace(one.group, one.cost);
  }
  return spent;
}

} // namespace

void resume_budgets(const config::settings& settings, store::ledger& ledger, const clock_source& clock,
                    pipeline::route_books& books, telemetry::logger& log) {
  const std::int64_t now_ms = to_unix_ms(clock.wall_now());
  const steady_time now = clock.steady_now();
  std::map<std::chrono::seconds, spent_by_route> known;
  for (const auto& route : settings.routes) {
    const auto wanted = config::merged(settings.routing, route.routing);
    if (wanted.budget_usd <= 0) {
      continue;
    }
    const auto gone = std::chrono::milliseconds{now_ms} % wanted.budget_period;
    auto sums = known.find(wanted.budget_period);
    if (sums == known.end()) {
      sums = known.emplace(wanted.budget_period, spent_since(now_ms - gone.count(), ledger, log)).first;
    }
    const auto spent = sums->second.find(route.model);
    books.resume(route.model, {.spent = spent != sums->second.end() ? spent->second : money{}, .began = now - gone});
  }
}

} // namespace inferenceflow::app
