#include "store/redis/node.h"

#include "store/redis/write_batch.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <fmt/format.h>

namespace inferenceflow::redis {

namespace asio = boost::asio;

namespace {

constexpr auto k_await = asio::as_tuple(asio::deferred);

steady_time clock_now() {
  return std::chrono::steady_clock::now();
}

} // namespace

node::node(net::event_loop& loop, node_name name, std::shared_ptr<const options> settings,
           std::shared_ptr<statistics> counts, std::uint64_t seed)
    : loop_(loop)
    , name_(std::move(name))
    , settings_(std::move(settings))
    , counts_(std::move(counts))
    , connector_(loop.context(), loop.wheel(), endpoint_of(name_, *settings_))
    , pipeline_(*settings_, *counts_)
    , breaker_(settings_->breaker)
    , backoff_(settings_->backoff_base, settings_->backoff_max, seed)
    , retry_timer_(loop.context())
    , watch_timer_(loop.context()) {}

error node::labelled(error why) const {
  why.message = fmt::format("Redis {}: {}", to_string(name_), why.message);
  return why;
}

bool node::takes_calls(steady_time now) const noexcept {
  return !stopped_ && (session_ != nullptr || now >= retry_at_) && breaker_.allows(now);
}

result<resilience::breaker_permit> node::enter(steady_time now) {
  if (stopped_) {
    return labelled(make_error(error_kind::unavailable, "the client has been stopped"));
  }
  if (session_ == nullptr && now < retry_at_) {
    return labelled(make_error(error_kind::unavailable, "not connected: " + failure_));
  }
  const auto permit = breaker_.enter(now);
  if (!permit.admitted) {
    return labelled(make_error(error_kind::unavailable, "left alone after failures"));
  }
  return permit;
}

void node::settle(resilience::breaker_permit permit, std::optional<bool> outcome) {
  if (!outcome) {
    breaker_.dropped(permit);
  } else if (*outcome) {
    breaker_.succeeded(permit, clock_now());
  } else {
    breaker_.failed(permit, clock_now());
  }
}

bool node::send(call_ptr next) {
  const steady_time deadline = next->deadline;
  if (stopped_ || !pipeline_.add(std::move(next))) {
    return false;
  }
  watch(deadline);
  if (session_ != nullptr) {
    session_->writer_wanted.set();
  } else if (!driving_) {
    driving_ = true;
    asio::co_spawn(loop_.context(), drive(shared_from_this()), asio::detached);
  }
  return true;
}

void node::stop() {
  if (stopped_) {
    return;
  }
  stopped_ = true;
  const error why = labelled(make_error(error_kind::unavailable, "the client has been stopped"));
  scope_.cancel();
  retry_timer_.cancel();
  watch_timer_.cancel();
  if (session_ != nullptr) {
    session_->close(why);
  }
  pipeline_.clear(why);
}

/// Runs while there is something to write, or a connection.
net::task<void> node::drive(std::shared_ptr<node> self) {
  while (!stopped_ && pipeline_.has_unsent()) {
    if (clock_now() < retry_at_) {
      retry_timer_.expires_at(retry_at_);
      [[maybe_unused]] auto [cancelled] = co_await retry_timer_.async_wait(k_await);
      continue;
    }
    auto opened = co_await open_session(loop_, connector_, *settings_, scope_);
    if (stopped_) {
      break;
    }
    if (!opened) {
      ++counts_->connect_failures;
      pause_after(opened.error());
      pipeline_.refuse_unsent(labelled(opened.error()));
      continue;
    }
    ++counts_->connects;
    session_ = *opened;
    session_->writer_wanted.set();
    asio::co_spawn(loop_.context(), write_all(self, session_), asio::detached);
    const std::uint64_t replies_before = counts_->replies;
    error why = co_await read_all(session_);
    ++counts_->disconnects;
    session_->close(why);
    session_.reset();
    failure_ = why.message;
    if (counts_->replies == replies_before) { // one that worked may be replaced at once: servers close idle ones
      pause_after(why);
    }
    pipeline_.lost(labelled(std::move(why)));
  }
  driving_ = false;
}

void node::pause_after(const error& why) {
  failure_ = why.message;
  retry_at_ = clock_now() + backoff_.next();
}

net::task<error> node::read_all(std::shared_ptr<session> open) {
  while (true) {
    const std::uint64_t before = open->received();
    auto answer = co_await open->next();
    counts_->bytes_received += open->received() - before;
    if (!answer) {
      co_return answer.error();
    }
    const steady_time now = clock_now();
    if (!pipeline_.answered(std::move(*answer), now)) {
      co_return make_error(error_kind::upstream_failed, "answered what nobody had asked");
    }
    backoff_.reset();
  }
}

net::task<void> node::write_all([[maybe_unused]] std::shared_ptr<node> self, std::shared_ptr<session> open) {
  write_batch batch;
  while (!open->closed()) {
    const steady_time now = clock_now();
    batch.clear();
    pipeline_.take(now, batch.calls(), [&batch](const call& next) { return batch.add(next); });
    if (batch.calls().empty()) {
      co_await open->writer_wanted.wait();
      continue;
    }
    watch(now + settings_->answer_time_max);
    const auto pieces = batch.pieces();
    const net::io_result written = co_await open->stream.write(pieces);
    ++counts_->writes;
    counts_->bytes_sent += written.bytes;
    if (written.failure) {
      open->close(make_error(error_kind::upstream_failed, "connection lost: " + written.failure.message()));
    }
  }
}

/// One timer for all: it fires no later than `when`, and then looks when it is needed next.
void node::watch(steady_time when) {
  if (stopped_ || (watched_ && *watched_ <= when)) {
    return;
  }
  watched_ = when;
  watch_timer_.expires_at(when);
  watch_timer_.async_wait([weak = weak_from_this()](boost::system::error_code failure) {
    const auto self = weak.lock();
    if (!failure && self) {
      self->look();
    }
  });
}

void node::look() {
  watched_.reset();
  if (stopped_) {
    return;
  }
  const steady_time now = clock_now();
  const auto next = pipeline_.expire(now);
  if (session_ != nullptr && pipeline_.stalled(now)) {
    session_->close(make_error(error_kind::upstream_timeout, "it does not answer any more"));
  }
  if (next) {
    watch(std::max(*next, now + std::chrono::milliseconds{1}));
  }
}

} // namespace inferenceflow::redis
