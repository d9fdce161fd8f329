/// Every metric of the gateway, as typed calls.
///
/// Role:      pipeline/ and providers/ record into it; api/ prints expose() at /metrics and summary() as JSON.
/// Lifecycle: one per process, made at start; outlives everything that records.
/// Threading: thread-safe. Recording adds to atomics; finding a provider's or model's series takes a
///            shared lock.
///            expose() and summary() may run beside recording and see each figure at its own instant.
/// Bounds:    label values come from enums or from names given to allow_names(): any other becomes "other", and so does
///            every further name once a label has k_label_values_max; pairs of provider and model have the same bound.
/// Source:    the full list with labels is tests/metrics.golden.txt; Prometheus naming conventions.
#pragma once

#include "base/error.h"
#include "base/money.h"
#include "telemetry/samples.h"
#include "telemetry/vocabulary.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::telemetry {

/// Tokens of one request in disjoint parts; the label `part`.
struct token_counts {
  std::int64_t fresh_input = 0;
  std::int64_t cached_input = 0;
  std::int64_t cache_write = 0;
  std::int64_t output = 0;
  std::int64_t reasoning = 0;
};

/// One finished request.
struct request_sample {
  telemetry::operation operation = telemetry::operation::other;
  cache_state cache = cache_state::none;
  int status = 0;                                     ///< HTTP status; 499 when the client went away
  std::chrono::nanoseconds elapsed{0};                ///< from the request's last byte to the answer's last
  std::optional<std::chrono::nanoseconds> first_byte; ///< until the first byte of the answer
};

/// What a request consumed.
struct usage_sample {
  std::string_view provider;
  std::string_view model;
  token_counts tokens;
  money cost;
  money saved;
  bool unpriced = false; ///< charged the ceiling because the model has no price
};

/// Figures for people and dashboards, over all time since start.
struct metrics_summary {
  double uptime_s = 0;
  std::uint64_t requests = 0;      ///< of model operations (chat … generate)
  std::uint64_t errors = 0;        ///< of these, answered with 5xx
  std::uint64_t client_errors = 0; ///< of these, answered with 4xx
  double error_rate = 0;           ///< errors / requests, 0 to 1
  double requests_per_s = 0;       ///< requests / uptime
  double latency_p50_ms = 0;
  double latency_p95_ms = 0;
  double latency_p99_ms = 0;
  double first_byte_p50_ms = 0;
  double first_byte_p95_ms = 0;
  double first_byte_p99_ms = 0;
  std::uint64_t cache_hits = 0; ///< served without an upstream call of their own: hits, semantic ones and coalesced
  std::uint64_t cache_misses = 0;
  double cache_hit_rate = 0; ///< hits / (hits + misses), 0 to 1
  token_counts tokens;
  money cost;
  money saved;
  std::int64_t active_requests = 0;
  std::int64_t connections = 0;
};

struct metrics_state;

class gateway_metrics {
public:
  /// @param version, commit  labels of build_info.
  gateway_metrics(std::string_view version, std::string_view commit);
  ~gateway_metrics();
  gateway_metrics(const gateway_metrics&) = delete;
  gateway_metrics& operator=(const gateway_metrics&) = delete;

  /// Names that may appear as label values: those of the configuration. Adds to those allowed before (reload).
  void allow_names(const std::vector<std::string>& providers, const std::vector<std::string>& models);

  /// Called at each expose() for values that other modules keep; empty = zeros. Set before serving starts.
  void set_sampler(std::function<runtime_samples()> sampler);

  void request_started() noexcept;
  /// A request that was started turned out to be none: nothing is counted.
  void request_withdrawn() noexcept;
  void request_finished(const request_sample& sample) noexcept;
  void connection_opened() noexcept;
  void connection_closed() noexcept;
  void websocket_opened() noexcept;
  void websocket_closed() noexcept;
  /// A message came in on a WebSocket, read or not.
  void websocket_received() noexcept;
  /// A message goes out on a WebSocket.
  void websocket_sent() noexcept;

  void usage(const usage_sample& sample);
  void upstream_request(std::string_view provider, std::chrono::nanoseconds elapsed);
  void upstream_error(std::string_view provider, error_kind kind);
  /// A request goes to this provider after a call of it, to whichever provider, has failed.
  void retried(std::string_view provider);
  /// A request goes to this provider beside a call that is late.
  void hedged(std::string_view provider);
  /// An answer of this provider was not trusted, and thrown away.
  void escalated(std::string_view provider);
  /// A request goes to this provider to learn how good it is.
  void explored(std::string_view provider);
  void coalesced() noexcept;
  /// What became of a request that might have been answered by meaning.
  void semantic_request(semantic_outcome outcome) noexcept;
  /// @param reason  one of k_semantic_skip_reasons; else it counts as "other".
  void semantic_skipped(std::string_view reason);
  /// @param kind  one of k_semantic_veto_kinds; else it counts as "other".
  void semantic_vetoed(std::string_view kind);
  void semantic_judged(semantic_verdict verdict) noexcept;
  /// @param elapsed  from the question to its vector, waits included.
  void semantic_embedded(std::chrono::nanoseconds elapsed) noexcept;
  /// @param elapsed  of search and decision, without the embedding.
  void semantic_looked_up(std::chrono::nanoseconds elapsed) noexcept;
  /// @param tier  one of k_cache_tiers; else it counts as "other".
  void cache_tier_request(std::string_view tier, tier_outcome outcome);
  void config_reloaded(bool succeeded) noexcept;

  /// All families in Prometheus' text format. Reads /proc: a few hundred microseconds.
  [[nodiscard]] std::string expose() const;
  [[nodiscard]] metrics_summary summary() const;

private:
  std::unique_ptr<metrics_state> state_;
};

} // namespace inferenceflow::telemetry
