/// What operators ask: is it alive, what does it do, what is in the cache, what did it cost.
///
/// Role:      router targets for health, metrics, cache and cost; and the documentation pages.
/// Lifecycle: free functions.
/// Threading: the exchange's loop; the ledger is read on the blocking thread.
/// Bounds:    cost reports of at most k_report_rows_max rows.
/// Source:    docs: openapi.json; Prometheus text format 0.0.4.
#pragma once

#include "api/call_context.h"
#include "api/service.h"

namespace inferenceflow::api {

inline constexpr std::size_t k_report_rows_max = 10'000;

[[nodiscard]] net::task<void> serve_health(call_context& context, service& serving);
/// 200 as long as the event loop answers.
[[nodiscard]] net::task<void> serve_live(call_context& context, service& serving);
/// 200 when requests can be answered: not shutting down, ledger writable, local models done loading.
[[nodiscard]] net::task<void> serve_ready(call_context& context, service& serving);

[[nodiscard]] net::task<void> serve_metrics(call_context& context, service& serving);
[[nodiscard]] net::task<void> serve_metrics_summary(call_context& context, service& serving);
[[nodiscard]] net::task<void> serve_cache_stats(call_context& context, service& serving);
[[nodiscard]] net::task<void> serve_cache_delete(call_context& context, service& serving);
[[nodiscard]] net::task<void> serve_cost_report(call_context& context, service& serving);

/// /openapi.json, /docs, /redoc and their assets.
[[nodiscard]] net::task<void> serve_asset(call_context& context, service& serving);

} // namespace inferenceflow::api
