/// One event loop: an Asio context, its thread, its deadline wheel and a cached clock for headers.
///
/// Role:      the gateway runs one per core; everything that serves a connection lives on one loop.
/// Lifecycle: construct → start() → stop() → join() (the destructor does both).
/// Threading: start/stop/join from the owner; executor() may be posted to from any thread; wheel() only on the loop.
/// Bounds:    none of its own.
#pragma once

#include "net/deadline_wheel.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <thread>

namespace inferenceflow::net {

class event_loop {
public:
  explicit event_loop(std::size_t index);
  ~event_loop();
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;

  /// Starts the thread. Call once.
  void start();
  /// Ends the thread after the handler that runs now; pending operations are dropped at destruction.
  void stop();
  /// Waits for the thread to end.
  void join();

  [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }
  [[nodiscard]] deadline_wheel& wheel() noexcept { return wheel_; }
  [[nodiscard]] std::size_t index() const noexcept { return index_; }
  /// start() was called.
  [[nodiscard]] bool running() const noexcept { return thread_.joinable(); }
  /// The caller is on this loop's thread. From any thread, also while start() is still at work on another.
  [[nodiscard]] bool runs_here() const noexcept;

private:
  void tick();
  void start_ticking();

  std::size_t index_;
  deadline_wheel wheel_; ///< before the context, whose last coroutines disarm their deadlines when it is destroyed
  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer timer_;
  std::chrono::steady_clock::time_point ticked_until_;
  bool ticking_ = false;
  std::thread thread_;
};

} // namespace inferenceflow::net
