/// A WebSocket over a connection that was taken over: messages in, messages out, and the housekeeping of both.
///
/// Role:      a handler reads with receive() in one coroutine and lets write_until_closed() run in another.
/// Lifecycle: construct → receive()* beside write_until_closed() → close() → both complete → destroyed.
/// Threading: one event loop.
/// Bounds:    a message of at most message_bytes_max comes in; of what goes out it holds k_batch messages that are
///            being written and one pong (the newest, as RFC 6455 §5.5.3 allows). A peer that is silent for
///            idle_timeout (it is pinged after half of it) or takes a write for longer than the connection's
///            write_timeout is dropped; one that does not answer a close frame, after k_close_timeout.
/// Source:    RFC 6455 §5.5 (control frames), §7.1 (closing).
#pragma once

#include "http/raw_connection.h"
#include "http/websocket_frames.h"
#include "net/deadline_wheel.h"
#include "net/task.h"
#include "net/wake_event.h"

#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::http {

struct websocket_limits {
  std::size_t message_bytes_max = 4U << 20U;
  std::chrono::milliseconds idle_timeout{60'000};
};

class websocket {
public:
  static constexpr std::chrono::milliseconds k_close_timeout{5'000};
  static constexpr std::size_t k_batch = 4; ///< messages in one write

  /// Gives the next message to send; nothing when there is none now (then wake() once there is).
  using source = std::function<std::optional<std::string>()>;

  /// Lifetime: `connection` outlives it.
  websocket(raw_connection& connection, const websocket_limits& limits, source next);
  websocket(const websocket&) = delete;
  websocket& operator=(const websocket&) = delete;

  /// The next message: text, binary (without its payload), too_large (the same), or close, after which nothing comes.
  /// Pings are answered and pongs swallowed here.
  /// Cancellation: the connection's end, or close().
  [[nodiscard]] net::task<websocket_input> receive();

  /// Writes what the source gives, a few messages at a time, until the close frame is out or the connection gone.
  /// Back-pressure: asks for more only when the kernel took what came before.
  [[nodiscard]] net::task<void> write_until_closed();

  /// The source has something.
  void wake() { wake_.set(); }

  /// Sends a close frame after what is being written; messages that wait are not sent any more. Idempotent.
  /// @param code  k_none = none.
  void close(std::uint16_t code, std::string_view reason);

  /// Nothing more will be sent.
  [[nodiscard]] bool closing() const noexcept { return close_asked_ || dead_; }

private:
  struct batch;

  void on_silence();
  void drop();
  void gather(batch& out);
  /// @returns what receive() shall return, if anything.
  [[nodiscard]] std::optional<websocket_input> interpret(websocket_input input);
  [[nodiscard]] net::task<bool> read_more();

  raw_connection& connection_;
  websocket_limits limits_;
  source next_;
  websocket_reader reader_;
  std::string in_;
  std::size_t in_taken_ = 0;
  std::string control_; ///< control frames to be sent before the next message
  std::optional<std::string> pong_;
  net::deadline silence_;
  net::deadline write_deadline_;
  net::deadline close_deadline_;
  net::wake_event wake_;
  bool pinged_ = false;
  bool ping_due_ = false;
  bool close_asked_ = false;
  bool close_sent_ = false;
  bool peer_closed_ = false;
  bool dead_ = false;
  std::uint16_t close_with_ = close_code::k_none;
  std::string close_reason_;
};

} // namespace inferenceflow::http
