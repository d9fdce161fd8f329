#include "embedding/embed_flight.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

namespace inferenceflow::embedding {

embed_flight::embed_flight(std::string text, net::loop_executor home)
    : text_(std::move(text))
    , home_(std::move(home)) {}

bool embed_flight::join(const std::shared_ptr<vector_box>& waiter, std::size_t waiters_max) {
  const std::lock_guard lock(mutex_);
  if (closed_ || waiters_.size() >= waiters_max) {
    return false;
  }
  waiters_.push_back(waiter);
  return true;
}

void embed_flight::leave(const vector_box* waiter) {
  const std::lock_guard lock(mutex_);
  const auto left = std::remove_if(waiters_.begin(), waiters_.end(), [&](const auto& w) { return w.get() == waiter; });
  waiters_.erase(left, waiters_.end());
  if (waiters_.empty() && !std::exchange(closed_, true)) {
    // Under the lock: the loop that runs it settles before it goes, and waits here until this has been posted.
    boost::asio::post(home_, [self = shared_from_this()] { self->scope_.cancel(); });
  }
}

bool embed_flight::settle(const result<vector_ptr>& outcome) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(closed_, true)) {
    return false;
  }
  for (const auto& waiter : std::exchange(waiters_, {})) {
    waiter->push(result<vector_ptr>(outcome));
  }
  return true;
}

flight_table::admission flight_table::join_or_start(const text_key& key, std::string_view text, net::loop_executor home,
                                                    const std::shared_ptr<vector_box>& waiter) {
  auto& here = shard_of(key);
  const std::lock_guard lock(here.mutex);
  auto& place = here.flights[key];
  if (place && place->join(waiter, limits_.waiters_max)) {
    return {entrance::joined, place};
  }
  if (running_.fetch_add(1, std::memory_order_relaxed) >= limits_.flights_max) {
    running_.fetch_sub(1, std::memory_order_relaxed);
    if (!place) {
      here.flights.erase(key);
    }
    return {};
  }
  // One that is full or given up ends without being found again.
  place = std::make_shared<embed_flight>(std::string(text), std::move(home));
  static_cast<void>(place->join(waiter, limits_.waiters_max));
  return {entrance::started, place};
}

void flight_table::forget(const text_key& key, const embed_flight* flight) {
  auto& here = shard_of(key);
  const std::lock_guard lock(here.mutex);
  const auto found = here.flights.find(key);
  if (found != here.flights.end() && found->second.get() == flight) {
    here.flights.erase(found);
  }
}

} // namespace inferenceflow::embedding
