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
  const bool kept = !pool.waiting_.empty() || pool.idle_.size() < pool.limits_.idle_max;
  if (connection->in.size() != 0 || !kept) { // bytes behind the answer would become somebody else's
    connection.reset();
    pool.release_turn();
    return;
  }
  connection->reused = true;
  connection->parser.reset();
  if (!pool.waiting_.empty()) { // straight to the next in line: no new connection while others queue
    pool.waiting_.front()->handed = std::move(connection);
    pool.release_turn();
    return;
  }
  connection->idle_since = std::chrono::steady_clock::now();
  pool.idle_.push_back(std::move(connection));
  if (!pool.sweep_due_.armed()) {
    pool.sweep_due_.arm(k_sweep_interval);
  }
}

std::unique_ptr<upstream_connection> upstream_pool::take_idle() {
  while (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    // Asked even on plain TCP: a 408 that a server left behind would be read as the answer to the next request.
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
    waiter self;
    if (auto refused = co_await wait_for_turn(scope, self)) {
      co_return *refused;
    }
    if (self.handed && !fresh && !self.handed->stream.is_stale()) {
      co_return lease{*this, std::move(self.handed)};
    }
    self.handed.reset(); // its turn is ours
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

/// Takes a waiter out of the line when nobody let it in: also when its coroutine is destroyed while it waits.
class upstream_pool::place_in_line {
public:
  place_in_line(std::list<waiter*>& line, waiter& self)
      : line_(line)
      , self_(self)
      , place_(line.insert(line.end(), &self)) {}
  ~place_in_line() {
    if (!self_.granted) {
      line_.erase(place_);
    }
  }
  place_in_line(const place_in_line&) = delete;
  place_in_line& operator=(const place_in_line&) = delete;

private:
  std::list<waiter*>& line_;
  waiter& self_;
  std::list<waiter*>::iterator place_;
};

net::task<std::optional<error>> upstream_pool::wait_for_turn(net::cancel_scope& scope, waiter& self) {
  const place_in_line place{waiting_, self};
  net::deadline patience{loop_.wheel(), [&self] { self.woken.set(); }};
  patience.arm(wait_max_);
  {
    net::cancel_scope::registration on_cancel{scope, [&self] { self.woken.set(); }};
    co_await self.woken.wait();
  }
  if (self.granted) { // open_ already counts us
    if (scope.cancelled()) {
      self.handed.reset();
      release_turn();
      co_return make_error(error_kind::cancelled, "cancelled");
    }
    co_return std::nullopt;
  }
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
