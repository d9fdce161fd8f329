/// Counts durations in fixed buckets without a lock.
///
/// Role:      latency series of gateway_metrics; prometheus-cpp's own histogram takes a mutex per observation.
/// Lifecycle: construct → observe* / snapshot*.
/// Threading: thread-safe; observe() is two relaxed atomic additions.
/// Bounds:    k_duration_bounds_us buckets plus one for longer durations.
/// Source:    Prometheus exposition format: cumulative buckets with upper bounds, "le".
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace inferenceflow::telemetry {

/// Upper bounds in microseconds: 100 µs to 120 s.
inline constexpr std::array<std::uint64_t, 24> k_duration_bounds_us = {
    100,       200,       300,       500,        1'000,      2'000,      3'000,      5'000,
    10'000,    20'000,    30'000,    50'000,     100'000,    200'000,    500'000,    1'000'000,
    2'000'000, 3'000'000, 5'000'000, 10'000'000, 20'000'000, 30'000'000, 60'000'000, 120'000'000};

struct histogram_snapshot {
  std::array<std::uint64_t, k_duration_bounds_us.size() + 1> counts{}; ///< per bucket, not cumulative
  std::uint64_t sum_us = 0;

  [[nodiscard]] std::uint64_t total() const;
  void add(const histogram_snapshot& other);
  /// The duration in milliseconds that a share `q` (0 to 1) of observations did not exceed, interpolated within its
  /// bucket; the last finite bound when it lies beyond; 0 without observations.
  [[nodiscard]] double quantile_ms(double q) const;
};

class duration_histogram {
public:
  /// @param elapsed  negative counts as zero.
  void observe(std::chrono::nanoseconds elapsed) noexcept;
  [[nodiscard]] histogram_snapshot snapshot() const noexcept;

private:
  std::array<std::atomic<std::uint64_t>, k_duration_bounds_us.size() + 1> counts_{};
  std::atomic<std::uint64_t> sum_us_{0};
};

} // namespace inferenceflow::telemetry
