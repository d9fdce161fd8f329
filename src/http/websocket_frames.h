/// WebSocket messages out of bytes, and frames into them: the server's side of the framing, without I/O.
///
/// Role:      websocket feeds it what it reads; the fuzz target feeds it anything.
/// Lifecycle: one reader per connection: feed() and take() until fault().
/// Threading: one event loop.
/// Bounds:    message_bytes_max for a text message over all its frames: a longer one and a binary one are read past
///            without being kept. Control payloads have at most k_control_bytes_max.
/// Source:    RFC 6455 §5 (framing), §7.4 (close codes). Whether text is UTF-8 is for the caller, who parses it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::http {

enum class websocket_opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// Why a connection ends (RFC 6455 §7.4.1).
namespace close_code {
inline constexpr std::uint16_t k_normal = 1000;
inline constexpr std::uint16_t k_going_away = 1001;
inline constexpr std::uint16_t k_protocol_error = 1002;
inline constexpr std::uint16_t k_none = 1005; ///< a close frame without a code; never sent
inline constexpr std::uint16_t k_bad_payload = 1007;
} // namespace close_code

inline constexpr std::size_t k_control_bytes_max = 125;
inline constexpr std::size_t k_frame_head_bytes_max = 10; ///< of what a server sends

/// Something whole that arrived.
struct websocket_input {
  enum class kind : std::uint8_t { text, binary, too_large, ping, pong, close };
  kind what = kind::text;
  std::string payload{};                   ///< of text, ping and pong; of close: the reason
  std::uint16_t code = close_code::k_none; ///< of close
};

/// What the peer did against the protocol; the connection cannot go on.
struct websocket_fault {
  std::uint16_t code = close_code::k_protocol_error;
  std::string_view what; ///< static text
};

class websocket_reader {
public:
  explicit websocket_reader(std::size_t message_bytes_max)
      : message_bytes_max_(message_bytes_max) {}

  /// Takes bytes in order, up to the end of the next whole input.
  /// @returns how many were taken; the rest must be given again after take(). After a fault none are.
  [[nodiscard]] std::size_t feed(std::string_view bytes);
  /// The input that is whole now, once.
  [[nodiscard]] std::optional<websocket_input> take();
  [[nodiscard]] const std::optional<websocket_fault>& fault() const noexcept { return fault_; }

private:
  [[nodiscard]] std::size_t feed_head(std::string_view bytes);
  [[nodiscard]] std::size_t feed_payload(std::string_view bytes);
  /// @returns what is wrong with the head that is whole now; empty if nothing.
  [[nodiscard]] std::string_view interpret_head();
  [[nodiscard]] std::string_view begin_data_frame(websocket_opcode opcode);
  void end_frame();
  void end_close();
  void fail(std::string_view what) { fault_ = websocket_fault{.what = what}; }

  std::size_t message_bytes_max_;
  std::array<unsigned char, 14> head_{}; ///< 2 + at most 8 of length + 4 of mask
  std::size_t head_have_ = 0;
  bool in_payload_ = false;
  websocket_opcode opcode_ = websocket_opcode::text;
  bool final_ = false;
  std::uint64_t left_ = 0; ///< of the frame's payload
  std::array<unsigned char, 4> mask_{};
  std::size_t mask_at_ = 0;
  bool in_message_ = false; ///< a data message has begun and not ended
  websocket_input::kind message_kind_ = websocket_input::kind::text;
  std::string message_;
  std::string control_;
  std::optional<websocket_input> ready_;
  std::optional<websocket_fault> fault_;
};

/// Head of an unmasked, final frame. @param into  at least k_frame_head_bytes_max. @returns its length.
[[nodiscard]] std::size_t write_frame_head(char* into, websocket_opcode opcode, std::size_t payload_bytes);

/// Appends a whole control frame; `payload` is cut to k_control_bytes_max.
void append_control_frame(std::string& out, websocket_opcode opcode, std::string_view payload);

/// Payload of a close frame. @param code  k_none = an empty payload.
[[nodiscard]] std::string close_payload(std::uint16_t code, std::string_view reason);

} // namespace inferenceflow::http
