/// An answer over HTTP told as messages of a socket: events one by one, then `done` or `error`.
///
/// Role:      socket_exchange gives it what a handler sends and puts the messages into the socket's line; no I/O.
/// Lifecycle: one per request: begin() → add()* or document() → end(), or refused().
/// Threading: one event loop.
/// Bounds:    event_bytes_max for an event that has not ended; the header fields of one answer.
/// Source:    docs/websocket.md; WHATWG HTML §9.2.6 (event streams).
#pragma once

#include "base/error.h"
#include "wire/json/token_index.h"
#include "wire/sse/codec.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace inferenceflow::api {

/// A message that tells of an error that belongs to no answer. @param id  empty = null.
[[nodiscard]] std::string socket_error(std::string_view id, const error& why);

class socket_answer {
public:
  /// Lifetime: `index` outlives it; it is used within calls only.
  socket_answer(wire::json::token_index& index, std::string_view id, std::size_t event_bytes_max);

  /// @param headers  lines of the head.
  void begin(int status, std::string_view headers);
  /// The head says that an event stream follows.
  [[nodiscard]] bool streams() const noexcept { return streams_; }

  /// Bytes of the event stream, any split. Calls sink(std::string) for each event's message. An event that tells of an
  /// error has none: end() tells it.
  /// @returns false once an event exceeds the bound.
  template <class F> [[nodiscard]] bool add(std::string_view bytes, F&& sink) {
    return events_.push(bytes, [&](const wire::sse::event& event) {
      if (auto message = message_of(event)) {
        sink(std::move(*message));
      }
    });
  }

  /// The message of a whole answer; nothing when the status is an error's: end() tells it.
  [[nodiscard]] std::optional<std::string> document(std::string_view body);

  /// The answer ends with this error, whatever was sent.
  void fail(const error& why);

  /// The last message. @param trailers  lines.
  [[nodiscard]] std::string end(std::string_view trailers);

private:
  [[nodiscard]] std::optional<std::string> message_of(const wire::sse::event& event);
  [[nodiscard]] std::string event_message(std::string_view type, std::string_view data, bool json) const;
  void note_headers(std::string_view lines);
  /// Is it JSON, and which bytes are the object of its member `error`, if it has one?
  [[nodiscard]] bool inspect(std::string_view data, std::string_view& error_object);

  wire::json::token_index& index_;
  wire::sse::decoder events_;
  std::string id_; ///< in quotes
  std::vector<std::pair<std::string, std::string>> headers_;
  std::string error_; ///< an object; empty = none
  int status_ = 0;
  bool streams_ = false;
};

} // namespace inferenceflow::api
