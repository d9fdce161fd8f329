/// Runs blocking work on a thread of its own, so that an event loop never waits for a disk.
///
/// Role:      api/ reads the ledger through one, and keeps files and batches through another.
/// Lifecycle: construct → run()* → destroy, which waits for what is running. Who waits goes with the loop it waits on.
/// Threading: run() from any event loop.
/// Bounds:    one thread; at most k_waiting_max jobs wait, further ones are refused.
#pragma once

#include "base/error.h"
#include "net/task.h"
#include "net/wake_event.h"

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace inferenceflow::net {

class offload {
public:
  static constexpr std::size_t k_waiting_max = 64;

  /// @param refusal  what callers are told who find too many jobs waiting.
  explicit offload(std::string refusal = "too many reports are being computed; try again later")
      : refusal_(std::move(refusal))
      , pool_(1) {}
  ~offload() { pool_.join(); }
  offload(const offload&) = delete;
  offload& operator=(const offload&) = delete;

  /// Runs `work` on the blocking thread and returns its result on the caller's loop.
  /// @returns unavailable when too many jobs wait.
  /// Lifetime: `work` is kept until it has run, even if the caller is gone by then.
  template <class T> [[nodiscard]] task<result<T>> run(std::function<result<T>()> work) {
    if (waiting_.fetch_add(1) >= k_waiting_max) {
      waiting_.fetch_sub(1);
      co_return make_error(error_kind::unavailable, refusal_);
    }
    const auto value = std::make_shared<std::optional<result<T>>>();
    // The event holds this coroutine, so the coroutine must not hold the event: a loop that ends before the work is
    // done drops what would have set it, and both go. Until then only this loop sets it, and that not before the wait.
    auto event = std::make_shared<wake_event>();
    wake_event& done = *event;
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::post(pool_, [this, value, event = std::move(event), executor, work = std::move(work)]() mutable {
      value->emplace(work());
      waiting_.fetch_sub(1);
      boost::asio::post(executor, [event = std::move(event)] { event->set(); });
    });
    co_await done.wait();
    co_return std::move(**value);
  }

private:
  const std::string refusal_;
  std::atomic<std::size_t> waiting_{0};
  boost::asio::thread_pool pool_;
};

} // namespace inferenceflow::net
