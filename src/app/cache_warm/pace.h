/// When the next request may be sent: a bucket of one token, and pauses that the gateway asked for.
///
/// Role:      warmer asks before every request, retries included.
/// Lifecycle: construct → take()* / hold()*.
/// Threading: one thread.
/// Bounds:    in any span of time t: rate · (t + k_late_max) + 1 requests.
/// Source:    ITU-T I.371, the generic cell rate algorithm.
#pragma once

#include "base/clock.h"

#include <chrono>

namespace inferenceflow::app::cache_warm {

/// A timer that comes late costs no rate, up to so much.
inline constexpr std::chrono::milliseconds k_late_max{20};

class pace {
public:
  /// @param per_second  more than 0. Lifetime: the clock outlives it.
  pace(const clock_source& clock, double per_second);

  /// @returns 0 when one may be sent now, which takes the token; else how long to wait before asking again.
  [[nodiscard]] std::chrono::nanoseconds take();

  /// Nothing is sent for `length` from now on; the longest of several pauses counts.
  void hold(std::chrono::nanoseconds length);

private:
  const clock_source& clock_;
  std::chrono::nanoseconds interval_;
  steady_time next_;
  steady_time held_until_;
};

} // namespace inferenceflow::app::cache_warm
