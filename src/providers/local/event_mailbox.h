/// Carries events from an engine's thread to the coroutine that waits for them on an event loop.
///
/// Role:      local_provider makes one per call; the engine's callback holds a share of it.
/// Lifecycle: open until close(); shared, because the engine may deliver once more after the call has returned.
/// Threading: push() from any thread; abort(), take() and close() on the loop.
/// Bounds:    what one call may generate (max_tokens); a slow reader holds memory, never the engine.
#pragma once

#include "net/task.h"
#include "net/wake_event.h"

#include <boost/asio/post.hpp>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace inferenceflow::providers::local {

template <class Event> class event_mailbox : public std::enable_shared_from_this<event_mailbox<Event>> {
public:
  explicit event_mailbox(net::loop_executor executor)
      : executor_(std::move(executor)) {}

  /// Keeps `event` for the next take(); drops it after close().
  void push(Event&& event) {
    const std::lock_guard lock(mutex_);
    if (closed_) {
      return;
    }
    events_.push_back(std::move(event));
    if (!std::exchange(wake_posted_, true)) {
      // Under the lock: close() cannot return while this touches the loop.
      boost::asio::post(executor_, [self = this->shared_from_this()] { self->wake_.set(); });
    }
  }

  /// The waiting take() returns at once, and every later one.
  void abort() {
    aborted_ = true;
    wake_.set();
  }
  [[nodiscard]] bool aborted() const { return aborted_; }

  /// Waits until there are events, or abort().
  /// @returns everything that arrived; empty only when aborted.
  /// Lifetime: the mailbox outlives the wait.
  [[nodiscard]] net::task<std::vector<Event>> take() {
    for (;;) {
      {
        const std::lock_guard lock(mutex_);
        if (aborted_ || !events_.empty()) {
          wake_posted_ = false;
          co_return aborted_ ? std::vector<Event>() : std::exchange(events_, {});
        }
        wake_posted_ = false;
      }
      co_await wake_.wait();
    }
  }

  /// No event is kept and the loop is not touched any more.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    events_.clear();
  }

private:
  net::loop_executor executor_;
  net::wake_event wake_;
  bool aborted_ = false;

  std::mutex mutex_;
  std::vector<Event> events_;
  bool wake_posted_ = false;
  bool closed_ = false;
};

} // namespace inferenceflow::providers::local
