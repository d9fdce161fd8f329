/// Keeps retries a small share of the traffic, so that they cannot turn a slow backend into a dead one.
///
/// Role:      one for each thing that retries could overload (usually one per gateway); fallback_plan spends from it.
/// Lifecycle: plain value; forgets everything after one window.
/// Threading: none of its own; one loop or its owner's mutex guards it.
/// Bounds:    retries in a window ≤ share_percent of its requests + floor_per_s · window.
/// Source:    Finagle's RetryBudget (20 %, floor 10/s, 10 s); gRPC proposal A6, "Throttling Retry Attempts"; Beyer et
///            al., "Site Reliability Engineering", ch. 21.
#pragma once

#include "base/clock.h"
#include "resilience/sliding_window.h"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace inferenceflow::resilience {

struct retry_budget_settings {
  std::size_t share_percent = 20; ///< retries per hundred requests; 0 to 100
  std::size_t floor_per_s = 3;    ///< retries per second that are always allowed, for little traffic; 0 to 1000
  std::chrono::milliseconds window{10'000}; ///< 1 s to 60 s
};

class retry_budget {
public:
  /// @param settings  a value outside its bounds counts as the nearest bound.
  explicit retry_budget(retry_budget_settings settings) noexcept;

  /// Counts a request that arrived; its retries do not count as requests.
  void on_request(steady_time now) noexcept { window_.add(k_requests, now); }

  /// Takes one retry out of the budget. @returns false when it is used up; nothing is taken then.
  [[nodiscard]] bool try_spend(steady_time now) noexcept;

  /// Retries that try_spend() would allow at `now`.
  [[nodiscard]] std::uint64_t left(steady_time now) noexcept;

private:
  static constexpr std::size_t k_requests = 0;
  static constexpr std::size_t k_retries = 1;

  sliding_window<2> window_;
  std::uint64_t share_percent_;
  std::uint64_t floor_; ///< retries per window
};

} // namespace inferenceflow::resilience
