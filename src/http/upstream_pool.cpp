#include "http/upstream_pool.h"

#include <algorithm>
#include <boost/assert.hpp>

namespace inferenceflow::http {

namespace {
constexpr std::chrono::milliseconds k_sweep_interval{1'000};
}

upstream_pool::upstream_pool(net::event_loop& loop, net::endpoint target, pool_limits limits)
    : loop_(loop)
    , connector_(loop.context(), loop.wheel(), target)
    , limits_(limits)
    , wait_max_(target.connect_timeout)
    , sweep_due_(loop.wheel(), [this] { sweep(); }) {}

upstream_pool::lease::~lease() {
  if (connection_) {
    connection_.reset();
    pool_->release_turn();
  }
}

void upstream_pool::lease::give_back() && {
  auto connection = std::move(connection_);
  upstream_pool& pool = *pool_;
  if (connection->in.size() != 0 || pool.idle_.size() >= pool.limits_.idle_max || !pool.waiting_.empty()) {
    // Bytes behind the answer would become somebody else's; a waiter is let in by the freed turn.
    connection.reset();
    pool.release_turn();
    return;
  }
  connection->reused = true;
  connection->idle_since = std::chrono::steady_clock::now();
  connection->parser.reset();
  pool.idle_.push_back(std::move(connection));
  if (!pool.sweep_due_.armed()) {
    pool.sweep_due_.arm(k_sweep_interval);
  }
}

std::unique_ptr<upstream_connection> upstream_pool::take_idle() {
  while (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    if (!connection->stream.is_stale()) {
      return connection;
    }
    connection.reset();
    --open_;
  }
  return nullptr;
}

net::task<result<upstream_pool::lease>> upstream_pool::acquire(net::cancel_scope& scope, bool fresh) {
  if (scope.cancelled()) {
    co_return make_error(error_kind::cancelled, "cancelled");
  }
  if (!fresh) {
    if (auto connection = take_idle()) {
      co_return lease{*this, std::move(connection)};
    }
  } else if (open_ >= limits_.connections_max && !idle_.empty()) {
    idle_.erase(idle_.begin());
    --open_;
  }
  if (open_ >= limits_.connections_max) {
    if (auto refused = co_await wait_for_turn(scope)) {
      co_return *refused;
    }
  } else {
    ++open_;
  }
  auto stream = co_await connector_.connect(scope);
  if (!stream) {
    release_turn();
    co_return stream.error();
  }
  co_return lease{*this, std::make_unique<upstream_connection>(std::move(*stream))};
}

net::task<std::optional<error>> upstream_pool::wait_for_turn(net::cancel_scope& scope) {
  waiter self;
  const auto place = waiting_.insert(waiting_.end(), &self);
  net::deadline patience{loop_.wheel(), [&self] { self.woken.set(); }};
  patience.arm(wait_max_);
  {
    net::cancel_scope::registration on_cancel{scope, [&self] { self.woken.set(); }};
    co_await self.woken.wait();
  }
  if (self.granted) { // open_ already counts us
    if (scope.cancelled()) {
      release_turn();
      co_return make_error(error_kind::cancelled, "cancelled");
    }
    co_return std::nullopt;
  }
  waiting_.erase(place);
  if (scope.cancelled()) {
    co_return make_error(error_kind::cancelled, "cancelled");
  }
  co_return make_error(error_kind::unavailable, "all connections to the upstream are busy");
}

void upstream_pool::release_turn() {
  if (!waiting_.empty()) { // the turn goes to the next in line, open_ stays
    waiter& next = *waiting_.front();
    waiting_.pop_front();
    next.granted = true;
    next.woken.set();
    return;
  }
  BOOST_ASSERT(open_ > 0);
  --open_;
}

void upstream_pool::sweep() {
  const auto now = std::chrono::steady_clock::now();
  const auto gone = std::remove_if(idle_.begin(), idle_.end(), [&](const auto& connection) {
    return now - connection->idle_since > limits_.idle_timeout || connection->stream.is_stale();
  });
  open_ -= static_cast<std::size_t>(idle_.end() - gone);
  idle_.erase(gone, idle_.end());
  if (!idle_.empty()) {
    sweep_due_.arm(k_sweep_interval);
  }
}

} // namespace inferenceflow::http
