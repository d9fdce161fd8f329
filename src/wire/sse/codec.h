/// Server-sent events: bytes in, events out; and the reverse.
///
/// Role:      clients of event streams read with decoder; servers write with append_event().
/// Lifecycle: one decoder per stream.
/// Threading: not thread-safe.
/// Bounds:    event_bytes_max per event; more is an error and the decoder stays failed.
/// Source:    WHATWG HTML §9.2.6. An event that the end of the stream cuts off is dropped, as the standard says.
#pragma once

#include "wire/sse/block.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::wire::sse {

struct event {
  std::string_view type; ///< "message" unless the stream said otherwise
  std::string_view data;
  std::string_view last_event_id; ///< kept from earlier events
};

class decoder {
public:
  explicit decoder(std::size_t event_bytes_max)
      : splitter_(event_bytes_max) {}

  /// Calls sink(const event&) for each event that is complete now.
  /// @returns false once an event exceeds the bound.
  /// Lifetime: the event's views are valid inside the call only.
  template <class F> [[nodiscard]] bool push(std::string_view bytes, F&& sink) {
    bytes = skip_byte_order_mark(bytes);
    return splitter_.push(bytes, [&](std::string_view block) {
      if (const auto ready = interpret(block)) {
        sink(*ready);
      }
    });
  }

  /// Milliseconds from the last valid retry field.
  [[nodiscard]] std::optional<std::uint64_t> retry_ms() const noexcept { return retry_ms_; }

private:
  [[nodiscard]] std::string_view skip_byte_order_mark(std::string_view bytes);
  [[nodiscard]] std::optional<event> interpret(std::string_view block);

  block_splitter splitter_;
  std::string scratch_;
  std::string last_event_id_;
  std::string leading_; ///< held-back first bytes, while they may still become a byte order mark
  bool started_ = false;
  std::optional<std::uint64_t> retry_ms_;
};

/// Appends one event. Line ends inside `data` become several data lines; inside type and id they are dropped.
/// @param type  empty = no event field ("message").
/// @param id    empty = no id field.
void append_event(std::string& out, std::string_view data, std::string_view type = {}, std::string_view id = {});

/// Appends a comment block, e.g. to keep a connection alive.
void append_comment(std::string& out, std::string_view text);

} // namespace inferenceflow::wire::sse
