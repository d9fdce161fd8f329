#include "telemetry/metrics_state.h"

namespace inferenceflow::telemetry {
namespace {

constexpr auto k_relaxed = std::memory_order_relaxed;

std::uint64_t sum(const std::array<count, k_status_classes>& by_status) {
  std::uint64_t total = 0;
  for (const auto& one : by_status) {
    total += one.load(k_relaxed);
  }
  return total;
}

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

} // namespace

metrics_summary gateway_metrics::summary() const {
  metrics_summary out;
  histogram_snapshot latency;
  histogram_snapshot first_byte;
  for (std::size_t operation = 0; operation < k_model_operations; ++operation) {
    for (std::size_t cache = 0; cache < k_cache_states; ++cache) {
      const auto& by_status = state_->requests[operation][cache];
      const auto requests = sum(by_status);
      out.requests += requests;
      out.errors += by_status[static_cast<std::size_t>(status_class::server_error)].load(k_relaxed);
      out.client_errors += by_status[static_cast<std::size_t>(status_class::client_error)].load(k_relaxed);
      const auto state = static_cast<cache_state>(cache);
      out.cache_hits +=
          state == cache_state::hit || state == cache_state::semantic || state == cache_state::coalesced ? requests : 0;
      out.cache_misses += state == cache_state::miss ? requests : 0;
      latency.add(state_->durations[operation][cache].snapshot());
    }
    first_byte.add(state_->first_bytes[operation].snapshot());
  }
  out.uptime_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - state_->started).count();
  out.error_rate = share(out.errors, out.requests);
  out.requests_per_s = out.uptime_s > 0 ? static_cast<double>(out.requests) / out.uptime_s : 0;
  out.latency_p50_ms = latency.quantile_ms(0.50);
  out.latency_p95_ms = latency.quantile_ms(0.95);
  out.latency_p99_ms = latency.quantile_ms(0.99);
  out.first_byte_p50_ms = first_byte.quantile_ms(0.50);
  out.first_byte_p95_ms = first_byte.quantile_ms(0.95);
  out.first_byte_p99_ms = first_byte.quantile_ms(0.99);
  out.cache_hit_rate = share(out.cache_hits, out.cache_hits + out.cache_misses);
  state_->models.for_each([&out](const auto& model) {
    const auto& tokens = model.series.tokens;
    out.tokens.fresh_input += tokens[0].load(k_relaxed);
    out.tokens.cached_input += tokens[1].load(k_relaxed);
    out.tokens.cache_write += tokens[2].load(k_relaxed);
    out.tokens.output += tokens[3].load(k_relaxed);
    out.tokens.reasoning += tokens[4].load(k_relaxed);
  });
  state_->spend.for_each([&out](const spend_series& series) {
    out.cost += money::from_nano_usd(series.cost_nano_usd.load(k_relaxed));
    out.saved += money::from_nano_usd(series.saved_nano_usd.load(k_relaxed));
  });
  out.active_requests = state_->active_requests.load(k_relaxed);
  out.connections = state_->connections.load(k_relaxed);
  return out;
}

} // namespace inferenceflow::telemetry
