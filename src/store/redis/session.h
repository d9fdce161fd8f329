/// One connection to a node that is ready for commands: logged in, its database chosen.
///
/// Role:      node and subscriber read and write through it.
/// Lifecycle: open_session() → next() and stream.write() → close() or destruction.
/// Threading: one event loop; one reader and one writer at a time.
/// Bounds:    connect_timeout to connect and again to log in; k_read_bytes per read; reply_reader's.
#pragma once

#include "base/error.h"
#include "net/byte_stream.h"
#include "net/cancel_scope.h"
#include "net/connector.h"
#include "net/event_loop.h"
#include "net/task.h"
#include "net/wake_event.h"
#include "store/redis/options.h"
#include "store/redis/reply_reader.h"

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace inferenceflow::redis {

class session {
public:
  static constexpr std::size_t k_read_bytes = 32'768;

  session(net::byte_stream opened, std::size_t reply_bytes_max)
      : stream(std::move(opened))
      , reader_(reply_bytes_max) {}

  /// The next reply. @returns upstream_failed when the connection ended or holds something else; the reason of close().
  /// Cancellation: close(). Lifetime: the session must live until it completes.
  [[nodiscard]] net::task<result<reply>> next();

  /// The next reply of those that were read already; nothing when the socket has to be read.
  [[nodiscard]] result<std::optional<reply>> next_read() { return reader_.next(); }

  /// Ends the connection: what is outstanding completes, next() with `why`. Only the first reason counts.
  void close(error why);
  [[nodiscard]] bool closed() const noexcept { return closed_.has_value(); }

  [[nodiscard]] std::uint64_t received() const noexcept { return received_; }

  net::byte_stream stream;
  net::wake_event writer_wanted; ///< there is something to write, or nothing any more since it is closed

private:
  reply_reader reader_;
  std::array<char, k_read_bytes> in_{};
  std::uint64_t received_ = 0;
  std::optional<error> closed_;
};

/// How to reach one node.
[[nodiscard]] net::endpoint endpoint_of(const node_name& name, const options& settings);

/// Connects, logs in, and chooses the database.
/// @param settings  outlives the call.
/// @returns upstream_failed, upstream_timeout or cancelled. The text never holds the password, nor what the server said
///          to it.
/// Cancellation: through `scope`.
[[nodiscard]] net::task<result<std::shared_ptr<session>>>
open_session(net::event_loop& loop, net::connector& connector, const options& settings, net::cancel_scope& scope);

} // namespace inferenceflow::redis
