#include "app/cache_warm/pace.h"

#include <algorithm>

namespace inferenceflow::app::cache_warm {

pace::pace(const clock_source& clock, double per_second)
    : clock_(clock)
    , interval_(std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(1 / per_second)))
    , next_(clock.steady_now())
    , held_until_(next_) {}

std::chrono::nanoseconds pace::take() {
  const steady_time now = clock_.steady_now();
  const steady_time at = std::max(next_, held_until_);
  if (at > now) {
    return at - now;
  }
  next_ = std::max(next_, now - k_late_max) + interval_;
  return std::chrono::nanoseconds{0};
}

void pace::hold(std::chrono::nanoseconds length) {
  held_until_ = std::max(held_until_, clock_.steady_now() + length);
}

} // namespace inferenceflow::app::cache_warm
