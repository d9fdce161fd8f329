#include "http/upstream_call.h"

#include "net/tcp_evidence.h"

#include <array>
#include <boost/asio/error.hpp>
#include <boost/assert.hpp>
#include <fmt/format.h>

namespace inferenceflow::http {

namespace asio = boost::asio;

upstream_call::upstream_call(net::event_loop& loop, upstream_pool& pool, net::cancel_scope& scope,
                             std::chrono::milliseconds first_byte_timeout)
    : pool_(pool)
    , scope_(scope)
    , first_byte_timeout_(first_byte_timeout)
    , timeout_(loop.wheel(),
               [this] {
                 timed_out_ = true;
                 (*lease_)->stream.abort();
               })
    , abort_on_cancel_(scope, [this] {
      if (lease_) {
        (*lease_)->stream.abort();
      }
    }) {}

net::task<std::optional<error>> upstream_call::start(std::span<const std::string_view> pieces) {
  auto leased = co_await pool_.acquire(scope_, false);
  if (!leased) {
    co_return leased.error();
  }
  lease_.emplace(std::move(*leased));
  connected_ = true;
  auto failure = co_await exchange_heads(pieces);
  if (!failure || !(*lease_)->reused || !never_arrived()) {
    co_return failure;
  }
  // The upstream had closed the idle connection and its kernel took nothing of the request: sending it again on a new
  // connection cannot make it happen twice.
  lease_.reset();
  connected_ = false;
  auto fresh = co_await pool_.acquire(scope_, true);
  if (!fresh) {
    co_return fresh.error();
  }
  lease_.emplace(std::move(*fresh));
  connected_ = true;
  co_return co_await exchange_heads(pieces);
}

bool upstream_call::never_arrived() const {
  if (answered_anything_ || timed_out_ || scope_.cancelled()) {
    return false;
  }
  if (!sent_anything_) {
    return true;
  }
  const auto now = net::tcp_acknowledged_bytes((*lease_)->stream.socket().native_handle());
  return now && acknowledged_before_ && *now <= *acknowledged_before_;
}

net::task<std::optional<error>> upstream_call::exchange_heads(std::span<const std::string_view> pieces) {
  BOOST_ASSERT(pieces.size() <= net::byte_stream::k_pieces_max);
  if (scope_.cancelled()) {
    co_return failed("cancelled");
  }
  auto& connection = **lease_;
  sent_anything_ = false;
  if (connection.reused) {
    // The kernel counts the SYN as one byte. TLS adds bytes that only the kernel knows; there the system call is cheap.
    acknowledged_before_ = connection.stream.is_tls()
                               ? net::tcp_acknowledged_bytes(connection.stream.socket().native_handle())
                               : std::optional{connection.sent_bytes + 1};
  }
  std::array<asio::const_buffer, net::byte_stream::k_pieces_max> buffers;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    buffers[i] = asio::buffer(pieces[i]);
  }
  timeout_.arm(first_byte_timeout_);
  const auto written = co_await connection.stream.write(std::span{buffers.data(), pieces.size()});
  sent_anything_ = written.bytes != 0;
  connection.sent_bytes += written.bytes;
  if (written.failure) {
    timeout_.disarm();
    co_return failed(
        fmt::format("the upstream closed the connection while the request was sent: {}", written.failure.message()));
  }
  while (!connection.parser.head_done()) {
    if (auto failure = co_await read_and_parse(first_byte_timeout_)) {
      co_return failure;
    }
  }
  co_return std::nullopt;
}

net::task<std::optional<error>> upstream_call::read_and_parse(std::chrono::milliseconds timeout) {
  auto& connection = **lease_;
  connection.in.consume(std::exchange(consumed_, 0));
  timeout_.arm(timeout);
  const auto got = co_await connection.stream.read_some(connection.in.prepare(k_read_bytes));
  timeout_.disarm();
  pieces_.clear();
  if (got.failure) {
    const bool ended = got.failure == asio::error::eof || got.failure == asio::ssl::error::stream_truncated;
    if (ended && connection.parser.head_done() && connection.parser.end_of_stream()) {
      co_return std::nullopt;
    }
    co_return failed(answered_anything_
                         ? fmt::format("the upstream broke off its answer: {}", got.failure.message())
                         : fmt::format("the upstream closed without an answer: {}", got.failure.message()));
  }
  answered_anything_ = true;
  connection.in.commit(got.bytes);
  const auto consumed =
      connection.parser.feed({static_cast<const char*>(connection.in.data().data()), connection.in.size()}, pieces_);
  if (!consumed) {
    co_return consumed.error();
  }
  consumed_ = *consumed;
  co_return std::nullopt;
}

const response_head& upstream_call::head() const noexcept {
  return (*lease_)->parser.head();
}

net::task<result<std::span<const std::string_view>>> upstream_call::next(std::chrono::milliseconds patience) {
  // The read that completed the head may have brought the first pieces.
  if (!pieces_handed_out_ && !pieces_.empty()) {
    pieces_handed_out_ = true;
    co_return std::span<const std::string_view>{pieces_};
  }
  pieces_handed_out_ = true;
  pieces_.clear();
  while (pieces_.empty() && !(*lease_)->parser.done()) {
    if (auto failure = co_await read_and_parse(patience)) {
      co_return *failure;
    }
  }
  co_return std::span<const std::string_view>{pieces_};
}

void upstream_call::finish() {
  auto& connection = **lease_;
  if (connection.parser.done() && connection.parser.head().keep_alive && !scope_.cancelled()) {
    connection.in.consume(std::exchange(consumed_, 0));
    std::move(*lease_).give_back();
  }
  lease_.reset();
}

error upstream_call::failed(std::string_view what) const {
  if (timed_out_) {
    return make_error(error_kind::upstream_timeout, answered_anything_
                                                        ? "the upstream stalled in the middle of its answer"
                                                        : "the upstream did not answer in time");
  }
  if (scope_.cancelled()) {
    return make_error(error_kind::cancelled, "cancelled");
  }
  return make_error(error_kind::upstream_failed, std::string{what});
}

} // namespace inferenceflow::http
