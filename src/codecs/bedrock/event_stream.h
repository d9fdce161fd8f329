/// AWS event stream framing: bytes in, messages out; and the reverse.
///
/// Role:      stream_read decodes what ConverseStream answers with, stream_write encodes what its clients expect.
/// Lifecycle: one decoder per stream.
/// Threading: not thread-safe.
/// Bounds:    a message of more than message_bytes_max is a fault; no more than one unfinished message is held.
/// Source:    "Amazon Event Stream Encoding" (Smithy 2.0, aws.protocols; application/vnd.amazon.eventstream): total and
///            header length (4 bytes each, big-endian), CRC-32 of these 8 bytes, headers, payload, CRC-32 of all
///            before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace inferenceflow::codecs::bedrock {

/// A header's name and its value where that is a string; empty for values of the other eight types.
using stream_header = std::pair<std::string_view, std::string_view>;

/// One message whose checksums and header block were right. Views are valid while the bytes that it was made of are.
class stream_message {
public:
  stream_message(std::string_view headers, std::string_view payload)
      : headers_(headers)
      , payload_(payload) {}
  [[nodiscard]] std::string_view payload() const noexcept { return payload_; }
  /// The string header `name`; empty if there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;

private:
  std::string_view headers_; ///< checked: every length inside is true
  std::string_view payload_;
};

class stream_decoder {
public:
  /// @param message_bytes_max  of a whole message, prelude and checksums included; at least 16.
  explicit stream_decoder(std::size_t message_bytes_max)
      : message_bytes_max_(message_bytes_max) {}

  /// Takes the next bytes, cut anywhere, and calls sink(const stream_message&) for each message that is complete now.
  /// @returns false once the stream is broken: see fault(); later bytes are ignored.
  /// Lifetime: the message is valid inside the call only.
  template <class F> [[nodiscard]] bool push(std::string_view bytes, F&& sink) {
    while (fault_.empty()) {
      const std::string_view whole = take(bytes);
      if (whole.empty()) {
        break;
      }
      if (const stream_message* ready = open(whole)) {
        sink(*ready);
      }
      held_.clear();
    }
    return fault_.empty();
  }

  /// What is wrong with the stream, for people; empty while all is well. Static text.
  [[nodiscard]] std::string_view fault() const noexcept { return fault_; }
  /// A message has begun and is not complete.
  [[nodiscard]] bool mid_message() const noexcept { return !held_.empty(); }

private:
  /// Takes one whole message off the front of `bytes`, or keeps them all and returns nothing.
  [[nodiscard]] std::string_view take(std::string_view& bytes);
  /// Takes what `held_` lacks to `size` bytes. @returns whether it has them now.
  [[nodiscard]] bool hold(std::string_view& bytes, std::size_t size);
  /// The size of the message that begins with this prelude; 0 and a fault if the prelude is wrong.
  [[nodiscard]] std::size_t size_of(std::string_view prelude);
  /// The message, valid until the next call; null and a fault if it is damaged.
  [[nodiscard]] const stream_message* open(std::string_view whole);

  std::size_t message_bytes_max_;
  std::string held_; ///< the beginning of an unfinished message
  std::string_view fault_;
  stream_message opened_{{}, {}};
};

/// Appends one message. Names take up to 255 bytes and values up to 65535; what is longer is cut.
void append_message(std::string& out, std::span<const stream_header> headers, std::string_view payload);

} // namespace inferenceflow::codecs::bedrock
