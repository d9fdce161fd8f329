/// Of all the errors that the attempts of one request met: the one that helps its client most.
///
/// Role:      fallback_plan notes each failure here and takes the result when it gives up.
/// Lifecycle: one per request.
/// Threading: one request.
/// Bounds:    one error.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "resilience/fault.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace inferenceflow::resilience {

class told_error {
public:
  /// Notes a failed attempt. What is the client's to mend outranks what is not; among equals the first stays.
  /// A fault of the gateway's own key is never told as the client's.
  /// @param attempt  whose failure it is; 0 = of no call.
  void note(attempt_failure failure, steady_time now, std::uint32_t attempt = 0);

  /// Notes when asking again may help, though nothing was asked (an open breaker, a key that sits out).
  void note_retry_at(steady_time at) noexcept;

  /// The error to tell: the best one noted, with the smallest Retry-After seen; `unavailable` when nothing was noted.
  [[nodiscard]] error take(steady_time now);

  /// Whose error take() gives; 0 = of no call.
  [[nodiscard]] std::uint32_t attempt() const noexcept { return attempt_; }

private:
  std::optional<error> best_;
  int best_rank_ = -1;
  std::uint32_t attempt_ = 0;
  steady_time retry_at_ = steady_time::max();
};

} // namespace inferenceflow::resilience
