/// The figures behind gateway_metrics.
///
/// Role:      metrics.cpp adds to them, metrics_expose.cpp prints them.
/// Lifecycle: owned by gateway_metrics.
/// Threading: atomics; named series behind their own locks.
/// Bounds:    see metrics.h.
#pragma once

#include "base/error.h"
#include "telemetry/duration_histogram.h"
#include "telemetry/label_values.h"
#include "telemetry/metrics.h"

#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <shared_mutex>
#include <string>

namespace inferenceflow::telemetry {

inline constexpr std::size_t k_error_kinds = static_cast<std::size_t>(error_kind::cancelled) + 1;
inline constexpr std::size_t k_token_parts = 5;

using count = std::atomic<std::uint64_t>;

struct provider_series {
  duration_histogram duration;
  std::array<count, k_error_kinds> errors{};
  count retries{0};
  count hedges{0};
  count escalations{0};
  count explorations{0};
};

struct model_series {
  std::array<std::atomic<std::int64_t>, k_token_parts> tokens{};
  count unpriced{0};
};

struct spend_series {
  std::string provider;
  std::string model;
  std::atomic<std::int64_t> cost_nano_usd{0};
  std::atomic<std::int64_t> saved_nano_usd{0};
};

/// Spend per pair of provider and model; pairs appear as they are used, at most k_label_values_max.
class spend_table {
public:
  spend_series& at(const label_values<provider_series>::entry& provider,
                   const label_values<model_series>::entry& model);

  template <class F> void for_each(F visit) const {
    const std::shared_lock lock(mutex_);
    for (const auto& [key, series] : pairs_) {
      visit(series);
    }
  }

private:
  mutable std::shared_mutex mutex_;
  std::map<std::uint64_t, spend_series> pairs_; // by both indexes; 0 is other and other
};

struct metrics_state {
  std::string version;
  std::string commit;
  std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();

  std::array<std::array<std::array<count, k_status_classes>, k_cache_states>, k_operations> requests{};
  std::array<std::array<duration_histogram, k_cache_states>, k_operations> durations;
  std::array<duration_histogram, k_operations> first_bytes;
  std::atomic<std::int64_t> active_requests{0};
  std::atomic<std::int64_t> connections{0};
  std::atomic<std::int64_t> websockets{0};
  count websocket_received{0};
  count websocket_sent{0};
  count coalesced{0};
  std::array<count, k_semantic_outcomes> semantic_requests{};
  label_values<count> semantic_skipped;
  label_values<count> semantic_vetoed;
  std::array<count, k_semantic_verdicts> semantic_judged{};
  duration_histogram semantic_lookups;
  duration_histogram semantic_embeddings;
  label_values<std::array<count, k_tier_outcomes>> tier_requests;
  count reloads_succeeded{0};
  count reloads_failed{0};

  label_values<provider_series> providers;
  label_values<model_series> models;
  spend_table spend;
  std::function<runtime_samples()> sampler;
};

} // namespace inferenceflow::telemetry
