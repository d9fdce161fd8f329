/// Quantiles of a stream of durations, the old ones fading: a histogram of fixed size on a logarithmic scale.
///
/// Role:      hedge_policy asks it for the p95 of the time to first token of each backend and model.
/// Lifecycle: plain value.
/// Threading: none of its own; one loop or its owner's mutex guards it.
/// Bounds:    k_buckets counters (0.7 KiB); 1 ms to 17 min, what lies outside counts as the bound; a quantile is off by
/// at
///            most 12.5 % of its value.
/// Source:    bucket layout of HdrHistogram (linear within each power of two), counts halved as they age.
#pragma once

#include "base/clock.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace inferenceflow::resilience {

class latency_sketch {
public:
  static constexpr std::size_t k_per_octave = 8;
  static constexpr std::size_t k_octaves = 20;
  static constexpr std::size_t k_buckets = k_per_octave * k_octaves;

  /// @param half_life  after which a sample counts half; at least 1 s.
  explicit latency_sketch(std::chrono::nanoseconds half_life) noexcept;

  void record(std::chrono::nanoseconds sample, steady_time now) noexcept;

  /// Samples held, fading.
  [[nodiscard]] double weight() const noexcept { return weight_; }

  /// The duration that a share of the samples does not exceed. @param share  0 to 1. @returns 0 without samples.
  [[nodiscard]] std::chrono::nanoseconds quantile(double share) const noexcept;

private:
  void fade(steady_time now) noexcept;

  std::chrono::nanoseconds half_life_;
  steady_time next_fading_{};
  double weight_ = 0;
  std::array<float, k_buckets> buckets_{};
};

} // namespace inferenceflow::resilience
