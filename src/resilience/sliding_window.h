/// Counts of the last so many seconds.
///
/// Role:      retry_budget, circuit_breaker and hedge_policy measure shares of recent traffic with it.
/// Lifecycle: plain value.
/// Threading: none of its own; the owner guards it.
/// Bounds:    k_buckets buckets of Kinds counters. What was counted is forgotten between 0.9 and 1 window later.
#pragma once

#include "base/clock.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace inferenceflow::resilience {

/// @tparam Kinds  how many things are counted side by side.
template <std::size_t Kinds> class sliding_window {
public:
  static constexpr std::size_t k_buckets = 10;

  /// @param span  length of the window; at least k_buckets nanoseconds.
  explicit sliding_window(std::chrono::nanoseconds span) noexcept
      : width_(std::max<std::int64_t>(span.count() / std::int64_t{k_buckets}, 1)) {}

  /// Forgets what is older than the window. A `now` before an earlier one changes nothing: callers may have read the
  /// clock a little apart.
  void roll(steady_time now) noexcept {
    if (now < end_) {
      return;
    }
    constexpr auto k_all = static_cast<std::int64_t>(k_buckets);
    std::int64_t steps = end_ == steady_time{} ? k_all : (now - end_) / width_ + 1;
    end_ = steps >= k_all ? now + width_ : end_ + steps * width_;
    for (steps = std::min(steps, k_all); steps > 0; --steps) {
      at_ = (at_ + 1) % k_buckets;
      for (std::size_t kind = 0; kind < Kinds; ++kind) {
        sums_[kind] -= buckets_[at_][kind];
        buckets_[at_][kind] = 0;
      }
    }
  }

  /// Counts one of `kind` at `now`.
  void add(std::size_t kind, steady_time now) noexcept {
    roll(now);
    ++buckets_[at_][kind];
    ++sums_[kind];
  }

  /// Counted since the window's beginning, as of the last roll() or add().
  [[nodiscard]] std::uint64_t sum(std::size_t kind) const noexcept { return sums_[kind]; }

  void clear() noexcept {
    buckets_ = {};
    sums_ = {};
  }

private:
  std::chrono::nanoseconds width_;
  steady_time end_{}; ///< of the current bucket; the clock's epoch until the first roll
  std::size_t at_ = 0;
  std::array<std::array<std::uint32_t, Kinds>, k_buckets> buckets_{};
  std::array<std::uint64_t, Kinds> sums_{};
};

} // namespace inferenceflow::resilience
