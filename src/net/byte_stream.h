/// A connected TCP or TLS stream.
///
/// Role:      http/ reads and writes through it and does not care which of the two it is.
/// Lifecycle: created connected (TLS: handshake done or to be done) → I/O → abort() or destruction closes the socket.
/// Threading: one event loop; at most one read and one write outstanding at a time.
/// Bounds:    none of its own.
#pragma once

#include "net/task.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>

namespace inferenceflow::net {

using tcp_socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, loop_executor>;
using tls_socket = boost::asio::ssl::stream<tcp_socket>;

struct io_result {
  boost::system::error_code failure; ///< operation_aborted after abort(); eof at an orderly end
  std::size_t bytes = 0;
};

class byte_stream {
public:
  explicit byte_stream(tcp_socket socket);
  explicit byte_stream(std::unique_ptr<tls_socket> socket)
      : stream_(std::move(socket)) {}

  /// Reads at least one byte, or fails. Cancellation: abort().
  [[nodiscard]] task<io_result> read_some(boost::asio::mutable_buffer into);

  /// Same with a callback instead of a coroutine; the callback runs on the loop, never inside this call.
  void read_some(boost::asio::mutable_buffer into, std::function<void(io_result)> done);

  /// Writes all of `pieces` (at most k_pieces_max) as one gathered write where the kernel allows.
  /// Lifetime: the bytes must live until it completes.
  [[nodiscard]] task<io_result> write(std::span<const boost::asio::const_buffer> pieces);
  static constexpr std::size_t k_pieces_max = 8;

  /// Server side of a TLS handshake; nothing to do on plain TCP.
  [[nodiscard]] task<boost::system::error_code> accept_handshake();

  /// Completes what is outstanding with operation_aborted; the connection stays usable.
  void cancel() noexcept;

  /// Closes the socket; everything outstanding completes with operation_aborted. Idempotent.
  void abort() noexcept;

  /// Orderly end of what we send: TLS close_notify, then FIN. What was written can still be read by the peer.
  /// Cancellation: abort(); the caller bounds the time, for TLS waits for the peer's close_notify.
  [[nodiscard]] task<void> finish_sending();

  /// True when an idle connection has been closed by the peer or holds unexpected bytes: it must not be reused.
  [[nodiscard]] bool is_stale() noexcept;

  [[nodiscard]] tcp_socket& socket() noexcept;
  [[nodiscard]] bool is_tls() const noexcept { return stream_.index() == 1; }

private:
  std::variant<tcp_socket, std::unique_ptr<tls_socket>> stream_;
};

} // namespace inferenceflow::net
