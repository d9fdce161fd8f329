/// One value on its way from any thread to the coroutine that waits for it on an event loop.
///
/// Role:      how an engine's thread answers local_embedder, and one loop's embed the callers on others.
/// Lifecycle: open until close(); shared, because whoever answers may do so after the waiter has left.
/// Threading: push() from any thread; everything else on the loop.
/// Bounds:    one value; later ones are dropped.
///
/// Unlike a wake_event, the wait hangs on a timer of the loop: a loop that is destroyed destroys the coroutines that
/// wait on it, and they tell those who depend on them.
#pragma once

#include "net/task.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace inferenceflow::embedding {

template <class Value> class answer_box : public std::enable_shared_from_this<answer_box<Value>> {
public:
  explicit answer_box(net::loop_executor executor)
      : executor_(std::move(executor)) {}

  /// Keeps the first value, unless closed.
  void push(Value&& value) {
    const std::lock_guard lock(mutex_);
    if (closed_ || value_) {
      return;
    }
    value_.emplace(std::move(value));
    // Under the lock: close() cannot return while this touches the loop.
    boost::asio::post(executor_, [self = this->shared_from_this()] { self->wake(); });
  }

  /// The wait ends without a value.
  void abort() {
    aborted_ = true;
    wake();
  }

  /// Waits for a value or abort(). Once per box.
  /// @returns nothing when aborted.
  /// Lifetime: the box outlives the wait.
  [[nodiscard]] net::task<std::optional<Value>> take() {
    timer_type timer(executor_, std::chrono::steady_clock::time_point::max());
    const timer_place here(*this, timer);
    while (!aborted_ && !arrived()) {
      co_await timer.async_wait(boost::asio::as_tuple(boost::asio::deferred));
    }
    if (aborted_) {
      co_return std::nullopt;
    }
    const std::lock_guard lock(mutex_);
    co_return std::move(value_);
  }

  /// No value is kept and the loop is not touched any more.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    value_.reset();
  }

private:
  using timer_type =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                        net::loop_executor>;
  // The timer lives in the coroutine's frame and goes with the loop; the box may live on.
  class timer_place {
  public:
    timer_place(answer_box& box, timer_type& timer)
        : box_(box) {
      box_.timer_ = &timer;
    }
    ~timer_place() { box_.timer_ = nullptr; }
    timer_place(const timer_place&) = delete;
    timer_place& operator=(const timer_place&) = delete;

  private:
    answer_box& box_;
  };

  [[nodiscard]] bool arrived() {
    const std::lock_guard lock(mutex_);
    return value_.has_value();
  }
  void wake() {
    if (timer_ != nullptr) {
      timer_->cancel();
    }
  }

  net::loop_executor executor_;
  timer_type* timer_ = nullptr; ///< of the wait that is on
  bool aborted_ = false;

  std::mutex mutex_;
  std::optional<Value> value_;
  bool closed_ = false;
};

} // namespace inferenceflow::embedding
