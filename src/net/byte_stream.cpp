#include "net/byte_stream.h"

#include <array>
#include <boost/asio/deferred.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/assert.hpp>
#include <sys/socket.h>

namespace inferenceflow::net {

namespace asio = boost::asio;

namespace {

// deferred: the operation is awaited in place, without a coroutine frame of its own.
constexpr auto k_await = asio::as_tuple(asio::deferred);

// What one gathered write takes: a fixed-size copy of the caller's list, so that it fits Asio's buffer sequences.
struct buffer_list {
  std::array<asio::const_buffer, byte_stream::k_pieces_max> pieces;
  std::size_t count = 0;
  using value_type = asio::const_buffer;
  using const_iterator = const asio::const_buffer*;
  [[nodiscard]] const_iterator begin() const { return pieces.data(); }
  [[nodiscard]] const_iterator end() const { return pieces.data() + count; }
};

} // namespace

byte_stream::byte_stream(tcp_socket socket)
    : stream_(std::move(socket)) {
  // Once, here: Asio makes a system call of it each time it is asked.
  boost::system::error_code ignored;
  std::get<0>(stream_).non_blocking(true, ignored);
}

task<io_result> byte_stream::read_some(asio::mutable_buffer into) {
  if (auto* plain = std::get_if<0>(&stream_)) {
    auto [failure, bytes] = co_await plain->async_read_some(into, k_await);
    co_return io_result{failure, bytes};
  }
  auto [failure, bytes] = co_await std::get<1>(stream_)->async_read_some(into, k_await);
  co_return io_result{failure, bytes};
}

void byte_stream::read_some(asio::mutable_buffer into, std::function<void(io_result)> done) {
  auto handler = [done = std::move(done)](boost::system::error_code failure, std::size_t bytes) {
    done(io_result{failure, bytes});
  };
  if (auto* plain = std::get_if<0>(&stream_)) {
    plain->async_read_some(into, std::move(handler));
  } else {
    std::get<1>(stream_)->async_read_some(into, std::move(handler));
  }
}

task<io_result> byte_stream::write(std::span<const asio::const_buffer> pieces) {
  BOOST_ASSERT(pieces.size() <= k_pieces_max);
  buffer_list list;
  std::size_t total = 0;
  for (const auto& piece : pieces) {
    if (piece.size() != 0) {
      list.pieces[list.count++] = piece;
      total += piece.size();
    }
  }
  if (auto* plain = std::get_if<0>(&stream_)) {
    // Nearly every answer fits the socket buffer: one direct call, and the composed operation only for the rest.
    boost::system::error_code failure;
    const std::size_t sent = plain->write_some(list, failure);
    if (!failure && sent == total) {
      co_return io_result{failure, sent};
    }
    if (failure && failure != asio::error::would_block) {
      co_return io_result{failure, 0};
    }
    const std::size_t done = failure ? 0 : sent;
    std::size_t skip = done;
    buffer_list rest;
    for (const auto& piece : list) {
      const std::size_t drop = std::min(skip, piece.size());
      skip -= drop;
      if (drop < piece.size()) {
        rest.pieces[rest.count++] = piece + drop;
      }
    }
    auto [late_failure, late] = co_await asio::async_write(*plain, rest, k_await);
    co_return io_result{late_failure, done + late};
  }
  auto [failure, bytes] = co_await asio::async_write(*std::get<1>(stream_), list, k_await);
  co_return io_result{failure, bytes};
}

task<boost::system::error_code> byte_stream::accept_handshake() {
  if (auto* tls = std::get_if<1>(&stream_)) {
    auto [failure] = co_await (*tls)->async_handshake(tls_socket::server, k_await);
    co_return failure;
  }
  co_return boost::system::error_code{};
}

void byte_stream::cancel() noexcept {
  boost::system::error_code ignored;
  socket().cancel(ignored);
}

void byte_stream::abort() noexcept {
  boost::system::error_code ignored;
  socket().close(ignored);
}

task<void> byte_stream::finish_sending() {
  if (auto* tls = std::get_if<1>(&stream_); tls != nullptr && (*tls)->next_layer().is_open()) {
    [[maybe_unused]] auto [failure] = co_await (*tls)->async_shutdown(k_await);
  }
  boost::system::error_code ignored;
  socket().shutdown(tcp_socket::shutdown_send, ignored);
}

bool byte_stream::is_stale() noexcept {
  char byte = 0;
  const auto got = ::recv(socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (got <= 0) {
    return got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
  }
  auto* tls = std::get_if<1>(&stream_);
  if (tls == nullptr) {
    return true; // bytes that nobody asked for
  }
  // A TLS peer may send session tickets to an idle connection, or its goodbye: let the engine read what is there.
  boost::system::error_code failure;
  (*tls)->next_layer().non_blocking(true, failure);
  (*tls)->read_some(asio::buffer(&byte, 1), failure);
  return failure != asio::error::would_block;
}

tcp_socket& byte_stream::socket() noexcept {
  if (auto* plain = std::get_if<0>(&stream_)) {
    return *plain;
  }
  return std::get<1>(stream_)->next_layer();
}

} // namespace inferenceflow::net
