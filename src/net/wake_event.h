/// One coroutine waits, something else on the same loop wakes it.
///
/// Role:      bridges callbacks (a watched socket, a shared answer, a freed connection) to coroutines.
/// Lifecycle: outlives the wait. Destroying it with a waiter drops the waiter.
/// Threading: one event loop; not thread-safe. From another thread: post to the loop, then set().
/// Bounds:    one waiter at a time.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/assert.hpp>
#include <memory>
#include <utility>

namespace inferenceflow::net {

class wake_event {
public:
  wake_event() = default;
  wake_event(const wake_event&) = delete;
  wake_event& operator=(const wake_event&) = delete;

  /// Wakes the waiter, or lets the next wait() return at once. Idempotent until that wait. The waiter runs later, from
  /// the loop: never inside this call, where it could destroy the caller.
  void set() {
    if (auto waiter = std::move(waiter_)) {
      waiter->resume();
    } else {
      set_ = true;
    }
  }

  /// Forgets an earlier set().
  void reset() noexcept { set_ = false; }

  /// Completes when set() is or was called; consumes it. `co_await event.wait()`.
  [[nodiscard]] auto wait() {
    return boost::asio::async_initiate<const boost::asio::deferred_t&, void()>(
        [this](auto handler) {
          BOOST_ASSERT_MSG(!waiter_, "a wake_event has one waiter");
          auto waiter = std::make_unique<typed_pending<decltype(handler)>>(std::move(handler));
          if (std::exchange(set_, false)) {
            waiter->resume();
          } else {
            waiter_ = std::move(waiter);
          }
        },
        boost::asio::deferred);
  }

private:
  struct pending {
    virtual ~pending() = default;
    virtual void resume() = 0;
  };
  template <class Handler> struct typed_pending final : pending {
    explicit typed_pending(Handler&& given)
        : handler(std::move(given)) {}
    void resume() override {
      auto executor = boost::asio::get_associated_executor(handler);
      boost::asio::post(executor, std::move(handler));
    }
    Handler handler;
  };

  bool set_ = false;
  std::unique_ptr<pending> waiter_;
};

} // namespace inferenceflow::net
