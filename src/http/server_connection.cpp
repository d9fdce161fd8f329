#include "http/server_connection.h"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <exception>

namespace inferenceflow::http {

namespace asio = boost::asio;

namespace {

// After an early refusal the client may still be sending: swallow this much, this long, so that it reads the answer
// instead of a reset (RFC 9112 §9.6).
constexpr std::size_t k_linger_bytes_max = 1U << 20U;
constexpr std::chrono::milliseconds k_linger_timeout{2'000};
// Read-ahead while a request is being answered; more stays in the kernel and slows a pipelining client down.
constexpr std::size_t k_watch_bytes_max = 64U << 10U;

} // namespace

server_connection::server_connection(net::event_loop& loop, net::byte_stream stream, const connection_limits& limits,
                                     const handler& handle, const error_renderer& render)
    : loop_(loop)
    , stream_(std::move(stream))
    , limits_(limits)
    , handle_(handle)
    , render_(render)
    , parser_(limits.parser)
    , read_deadline_(loop.wheel(),
                     [this] {
                       timed_out_ = true;
                       stream_.cancel(); // not closed: a slow client is told so
                     })
    , write_deadline_(loop.wheel(), [this] { abort(); }) {}

net::task<void> server_connection::serve() {
  read_deadline_.arm(limits_.header_timeout);
  const auto handshake_failure = co_await stream_.accept_handshake();
  read_deadline_.disarm();
  auto next = handshake_failure ? step::close : step::go_on;
  while (next == step::go_on) {
    next = co_await serve_one();
  }
  if (next == step::linger) {
    co_await linger();
  }
  stream_.abort();
}

net::task<server_connection::step> server_connection::serve_one() {
  const step read = co_await read_request();
  if (read != step::go_on) {
    co_return read;
  }
  connection_exchange answer{*this, parser_.head(), parser_.body()};
  try {
    co_await handle_(answer);
  } catch (const std::exception&) {
    // The handler has told of it. The answer below says 500 or breaks off; the process and the others go on.
  }
  const bool reusable =
      answer.finished() && !answer.ends_by_close() && parser_.head().keep_alive && !draining_ && !peer_gone_;
  co_await end_watch(reusable);
  if (peer_gone_) {
    co_return step::close;
  }
  if (!answer.finished()) {
    if (answer.started()) {
      co_return step::close; // a stream that its handler gave up: the missing last chunk tells the client
    }
    const error unanswered = make_error(error_kind::internal, "the request was not answered");
    co_return co_await refuse(unanswered);
  }
  if (!reusable) {
    co_return step::linger;
  }
  parser_.reset();
  co_return step::go_on;
}

net::task<server_connection::step> server_connection::read_request() {
  idle_ = true;
  bool continued = false;
  while (!parser_.done()) {
    if (in_.size() != 0) {
      idle_ = false;
      const auto consumed = parser_.feed({static_cast<const char*>(in_.data().data()), in_.size()});
      if (!consumed) {
        const error malformed = consumed.error();
        co_return co_await refuse(malformed);
      }
      in_.consume(*consumed);
      if (parser_.done()) {
        break;
      }
      if (parser_.head_done() && parser_.head().expects_continue && !std::exchange(continued, true)) {
        static constexpr std::string_view k_continue = "HTTP/1.1 100 Continue\r\n\r\n";
        const asio::const_buffer piece = asio::buffer(k_continue);
        co_await stream_.write({&piece, 1});
      }
    }
    if (idle_ && draining_) {
      co_return step::close;
    }
    const auto timeout = idle_                 ? limits_.idle_timeout
                         : parser_.head_done() ? limits_.body_timeout
                                               : limits_.header_timeout;
    // The header's time runs from its first byte; a new arm() for each piece would let it drip for ever.
    const bool header_running = !idle_ && !parser_.head_done() && read_deadline_.armed();
    const auto allowed = header_running ? std::chrono::milliseconds{-1} : timeout;
    if (!co_await read_more(allowed)) {
      if (timed_out_ && !idle_) {
        const error late = make_error(error_kind::request_timeout, "the request did not arrive in time");
        co_return co_await refuse(late);
      }
      co_return step::close;
    }
  }
  read_deadline_.disarm();
  idle_ = false;
  co_return step::go_on;
}

/// @param timeout  negative: the deadline that already runs goes on.
net::task<bool> server_connection::read_more(std::chrono::milliseconds timeout) {
  if (timeout.count() >= 0) {
    read_deadline_.arm(timeout);
  }
  const auto got = co_await stream_.read_some(in_.prepare(k_read_bytes));
  if (got.failure) {
    read_deadline_.disarm();
    co_return false;
  }
  if (idle_ || parser_.head_done()) { // a header deadline goes on; an idle or body deadline has done its work
    read_deadline_.disarm();
  }
  in_.commit(got.bytes);
  co_return true;
}

net::task<server_connection::step> server_connection::refuse(const error& failure) {
  read_deadline_.disarm();
  const rendered_error answer = render_(failure);
  std::string text = status_line(answer.status);
  text.append(answer.headers).append("Date: ").append(date_now());
  text.append("\r\nContent-Length: ").append(std::to_string(answer.body.size()));
  text.append("\r\nConnection: close\r\n\r\n").append(answer.body);
  const asio::const_buffer piece = asio::buffer(text);
  write_deadline_.arm(limits_.write_timeout);
  const auto written = co_await stream_.write({&piece, 1});
  write_deadline_.disarm();
  co_return written.failure ? step::close : step::linger;
}

net::task<void> server_connection::linger() {
  write_deadline_.arm(k_linger_timeout);
  co_await stream_.finish_sending();
  std::size_t swallowed = 0;
  while (swallowed < k_linger_bytes_max) {
    in_.clear();
    const auto got = co_await stream_.read_some(in_.prepare(k_read_bytes));
    if (got.failure) {
      break;
    }
    swallowed += got.bytes;
  }
  write_deadline_.disarm();
}

void server_connection::start_watch(net::cancel_scope& scope) {
  if (watching_ || peer_gone_) {
    if (peer_gone_) {
      scope.cancel();
    }
    return;
  }
  watched_ = &scope;
  keep_watching();
}

void server_connection::keep_watching() {
  if (in_.size() >= k_watch_bytes_max) {
    return;
  }
  watching_ = true;
  stream_.read_some(in_.prepare(k_read_bytes), [this](net::io_result got) {
    watching_ = false;
    if (got.failure) {
      peer_gone_ = got.failure != asio::error::operation_aborted || peer_gone_;
      if (peer_gone_ && watched_ != nullptr) {
        watched_->cancel();
      }
    } else {
      in_.commit(got.bytes);
      if (watched_ != nullptr) {
        keep_watching();
      }
    }
    if (!watching_) {
      watch_ended_.set();
    }
  });
}

net::task<void> server_connection::end_watch(bool reusable) {
  watched_ = nullptr;
  if (!watching_) {
    watch_ended_.reset();
    co_return;
  }
  // The read that watched the client is the read of its next request: wait for that one instead of cancelling it.
  if (!reusable || in_.size() != 0) { // the next request is here already: nothing to wait for
    stream_.cancel();
  }
  idle_ = true;
  read_deadline_.arm(limits_.idle_timeout);
  co_await watch_ended_.wait();
  read_deadline_.disarm();
  watch_ended_.reset();
  if (timed_out_) {
    peer_gone_ = true; // idle too long between two requests
  }
}

void server_connection::drain() {
  draining_ = true;
  if (raw_ != nullptr) {
    raw_->draining = true;
    if (raw_->on_drain) {
      raw_->on_drain();
    }
  } else if (idle_) {
    stream_.cancel();
  }
}

void server_connection::abort() {
  peer_gone_ = true;
  stream_.abort();
  if (watched_ != nullptr) {
    watched_->cancel();
  }
}

} // namespace inferenceflow::http
