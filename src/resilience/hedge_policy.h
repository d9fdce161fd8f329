/// When a request that waits too long for its first token is sent a second time, elsewhere, and whichever answers first
/// is taken.
///
/// Role:      one per gateway for the budget, one first_token_times per backend and model for the delay.
/// Lifecycle: plain values.
/// Threading: none of their own; one loop or their owner's mutex guards them.
/// Bounds:    hedges in a window ≤ share_percent of its requests, without any floor.
/// Source:    Dean and Barroso, "The Tail at Scale", CACM 56(2), 2013.
#pragma once

#include "base/clock.h"
#include "resilience/latency_sketch.h"
#include "resilience/sliding_window.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace inferenceflow::resilience {

struct hedge_settings {
  bool enabled = true;
  std::size_t quantile_permille = 950;          ///< of the time to first token; 500 to 999
  std::size_t samples_min = 50;                 ///< no hedging before so many times are known; 1 to 100000
  std::size_t share_percent = 2;                ///< hedges per hundred requests; 0 to 100
  std::chrono::milliseconds window{60'000};     ///< over which the share is measured; 1 s to 10 min
  std::chrono::milliseconds delay_min{50};      ///< 1 ms to 1 min
  std::chrono::milliseconds delay_max{30'000};  ///< a quantile over this: no hedging; delay_min to 10 min
  std::chrono::milliseconds half_life{120'000}; ///< of a measured time; 1 s to 1 h
};

/// Times to first token of one backend and model, and the quantile of them that the policy asks for.
class first_token_times {
public:
  /// @param settings  a value outside its bounds counts as the nearest bound.
  explicit first_token_times(const hedge_settings& settings) noexcept;

  /// @param elapsed  from sending the request to the first token; or until the wait was given up.
  void record(std::chrono::nanoseconds elapsed, steady_time now) noexcept;

  /// The quantile, at most k_stale samples old. @returns nothing before samples_min times are known.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> quantile() const noexcept;

private:
  static constexpr std::uint32_t k_stale = 16;

  latency_sketch sketch_;
  double share_;
  double samples_min_;
  std::uint32_t since_computed_ = k_stale;
  std::chrono::nanoseconds quantile_{0};
};

class hedge_policy {
public:
  /// @param settings  a value outside its bounds counts as the nearest bound.
  explicit hedge_policy(const hedge_settings& settings) noexcept;

  /// Counts a request that arrived.
  void on_request(steady_time now) noexcept { window_.add(k_requests, now); }

  /// How long to wait for the first token before hedging.
  /// @param times         of the target that was asked.
  /// @param side_effects  sending it twice would do something twice: never.
  /// @returns nothing = do not hedge.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> delay(const first_token_times& times,
                                                              bool side_effects) const noexcept;

  /// The wait is over: takes one hedge out of the budget. @returns false when it is used up.
  [[nodiscard]] bool try_hedge(steady_time now) noexcept;

private:
  static constexpr std::size_t k_requests = 0;
  static constexpr std::size_t k_hedges = 1;

  hedge_settings settings_;
  sliding_window<2> window_;
};

} // namespace inferenceflow::resilience
