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
#include <optional>

namespace inferenceflow::resilience {

class told_error {
public:
  /// Notes a failed attempt. What is the client's to mend outranks what is not; among equals the first stays.
  /// A fault of the gateway's own key is never told as the client's.
  void note(attempt_failure failure, steady_time now);

  /// Notes when asking again may help, though nothing was asked (an open breaker, a key that sits out).
  void note_retry_at(steady_time at) noexcept;

  /// The error to tell: the best one noted, with the smallest Retry-After seen; `unavailable` when nothing was noted.
  [[nodiscard]] error take(steady_time now);

private:
  std::optional<error> best_;
  int best_rank_ = -1;
  steady_time retry_at_ = steady_time::max();
};

} // namespace inferenceflow::resilience
