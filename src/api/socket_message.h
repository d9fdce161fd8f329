/// What a client says on /v1/stream, out of one text message.
///
/// Role:      socket_session reads every message with it; no I/O.
/// Lifecycle: free function on plain values.
/// Threading: not thread-safe (the index is reused); one event loop.
/// Bounds:    ids of k_socket_id_bytes_max; headers of k_socket_header_bytes_max, names out of a fixed list.
/// Source:    docs/websocket.md.
#pragma once

#include "base/error.h"
#include "wire/json/token_index.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace inferenceflow::api {

inline constexpr std::size_t k_socket_id_bytes_max = 128;
inline constexpr std::size_t k_socket_header_bytes_max = 4'096;

struct socket_message {
  enum class kind : std::uint8_t { request, cancel, ping };
  kind what = kind::request;
  std::string id;           ///< empty if none was given, or none that can be used
  std::string path;         ///< of a request, perhaps with a query; empty = not said
  std::string_view body;    ///< of a request: an object, its bytes as they stand in the text
  bool says_stream = false; ///< the body has a member of that name
  std::vector<std::pair<std::string, std::string>> headers; ///< names in lower case
};

/// Reads `text` into `into`. The id is set as soon as it can be read, also where something else is wrong.
/// @returns invalid_request naming the member at fault.
/// Lifetime: into.body points into `text`.
[[nodiscard]] result<void> read_socket_message(wire::json::token_index& index, std::string_view text,
                                               socket_message& into);

/// The body as it would have been sent over HTTP, with room for the scan's padding behind it.
/// @param add_stream  put "stream":true in front, since a socket streams unless told otherwise.
[[nodiscard]] std::string socket_body(std::string_view body, bool add_stream);

} // namespace inferenceflow::api
