#include "pipeline/hold_timer.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <exception>

namespace inferenceflow::pipeline {

namespace {

/// A client that fails meanwhile shows in its scope, and at the call's next piece.
net::task<void> send(relay& stream, std::shared_ptr<net::wake_event> sent) {
  try {
    co_await stream.release();
  } catch (const std::exception&) { // out of memory: the call's own writes will say so
  }
  sent->set();
}

} // namespace

hold_timer::hold_timer(net::event_loop& loop, relay& stream, screening& screen, net::cancel_scope& call,
                       std::chrono::milliseconds left)
    : loop_(loop)
    , stream_(stream)
    , screen_(screen)
    , call_(call)
    , due_(loop.wheel(), [this] { expired(); }) {
  due_.arm(left);
}

void hold_timer::expired() {
  switch (screen_.expire()) {
  case screened::held: break;
  case screened::rejected: call_.cancel(); break;
  case screened::passed:
    sent_ = std::make_shared<net::wake_event>();
    boost::asio::co_spawn(loop_.context(), send(stream_, sent_), boost::asio::detached);
    break;
  }
}

net::task<void> hold_timer::settled() {
  due_.disarm();
  if (sent_) {
    co_await sent_->wait();
    sent_ = nullptr;
  }
}

} // namespace inferenceflow::pipeline
