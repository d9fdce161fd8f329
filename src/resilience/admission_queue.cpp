#include "resilience/admission_queue.h"

#include <algorithm>

namespace inferenceflow::resilience {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

namespace {

constexpr double k_interval_weight = 0.1; // of the newest interval between departures

admission_settings in_bounds(admission_settings settings) noexcept {
  settings.waiters_max = std::min<std::size_t>(settings.waiters_max, 1'000'000);
  settings.wait_max = std::clamp(settings.wait_max, milliseconds{1}, milliseconds{600'000});
  settings.retry_after_max = std::clamp(settings.retry_after_max, milliseconds{1'000}, milliseconds{3'600'000});
  return settings;
}

} // namespace

admission_queue::admission_queue(const admission_settings& settings)
    : settings_(in_bounds(settings)) {}

nanoseconds admission_queue::interval(steady_time now) const noexcept {
  if (interval_ns_ == 0) {
    return nanoseconds{0};
  }
  const nanoseconds average{static_cast<nanoseconds::rep>(interval_ns_)};
  // A queue that stands still has an interval of at least the time it has stood.
  return by_order_.empty() ? average : std::max<nanoseconds>(average, now - interval_from_);
}

nanoseconds admission_queue::wait_estimate(steady_time now) const noexcept {
  return interval(now) * (static_cast<std::int64_t>(by_order_.size()) + 1);
}

admission_verdict admission_queue::offer(waiter_id id, steady_time deadline, steady_time now) {
  deadline = std::min<steady_time>(deadline, now + settings_.wait_max);
  const nanoseconds wait = wait_estimate(now);
  const bool full = by_order_.size() >= settings_.waiters_max;
  if (full || deadline <= now || wait > deadline - now) {
    // There is room once the queue is short enough to be served within the longest wait.
    const nanoseconds excess = full ? std::max(interval(now), wait - settings_.wait_max) : wait - settings_.wait_max;
    const auto told = std::chrono::ceil<seconds>(std::min<nanoseconds>(excess, settings_.retry_after_max));
    return {.retry_after = std::max(told, seconds{1})};
  }
  if (by_order_.empty()) {
    interval_from_ = now;
  }
  const ticket number = next_ticket_++;
  by_order_.emplace_hint(by_order_.end(), number, waiter{id, deadline});
  by_id_.emplace(id, number);
  return {.queued = true, .deadline = deadline};
}

void admission_queue::remove(waiters::iterator gone) {
  by_id_.erase(gone->second.id);
  by_order_.erase(gone);
}

std::optional<waiter_id> admission_queue::next(steady_time now) {
  // Those whose time is up are about to leave by themselves.
  const auto first = std::find_if(by_order_.begin(), by_order_.end(),
                                  [now](const auto& entry) { return entry.second.deadline > now; });
  if (first == by_order_.end()) {
    return std::nullopt;
  }
  const waiter_id id = first->second.id;
  const auto passed = static_cast<double>(std::max<std::int64_t>((now - interval_from_).count(), 0));
  interval_ns_ = interval_ns_ == 0 ? std::max(passed, 1.0) : interval_ns_ + (passed - interval_ns_) * k_interval_weight;
  interval_from_ = now;
  remove(first);
  return id;
}

bool admission_queue::cancel(waiter_id id) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) {
    return false;
  }
  remove(by_order_.find(found->second));
  return true;
}

error admission_queue::refusal(seconds retry_after) const {
  error told = settings_.refuse_as_rate_limit
                   ? make_error(error_kind::rate_limited, "too many requests are waiting for this model")
                   : make_error(error_kind::unavailable, "the model has no capacity left for this request");
  told.source = error_source::internal;
  told.retry_after = retry_after;
  return told;
}

} // namespace inferenceflow::resilience
