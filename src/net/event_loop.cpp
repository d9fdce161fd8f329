#include "net/event_loop.h"

#include <pthread.h>
#include <string>

namespace inferenceflow::net {

namespace {
thread_local const event_loop* loop_of_this_thread = nullptr;
}

event_loop::event_loop(std::size_t index)
    : index_(index)
    , context_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO) // a loop's sockets are touched by its own thread only
    , work_(context_.get_executor())
    , timer_(context_) {
  wheel_.on_first_armed([this] { start_ticking(); });
}

event_loop::~event_loop() {
  stop();
  join();
}

void event_loop::start() {
  thread_ = std::thread([this] {
    loop_of_this_thread = this;
    pthread_setname_np(pthread_self(), ("loop-" + std::to_string(index_)).c_str());
    context_.run();
  });
}

bool event_loop::runs_here() const noexcept {
  return loop_of_this_thread == this;
}

void event_loop::stop() {
  context_.stop();
}

void event_loop::join() {
  if (thread_.joinable()) {
    thread_.join();
  }
}

void event_loop::start_ticking() {
  if (!ticking_) {
    ticking_ = true;
    ticked_until_ = std::chrono::steady_clock::now();
    tick();
  }
}

void event_loop::tick() {
  timer_.expires_at(ticked_until_ + deadline_wheel::k_tick);
  timer_.async_wait([this](boost::system::error_code failure) {
    if (failure) {
      return;
    }
    const auto passed = (std::chrono::steady_clock::now() - ticked_until_) / deadline_wheel::k_tick;
    ticked_until_ += passed * deadline_wheel::k_tick;
    wheel_.advance(static_cast<std::uint64_t>(passed));
    if (wheel_.armed() == 0) { // an idle process wakes nobody
      ticking_ = false;
      return;
    }
    tick();
  });
}

} // namespace inferenceflow::net
