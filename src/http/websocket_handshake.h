/// Whether a request opens a WebSocket, and the answer that opens it.
///
/// Role:      a handler asks before it takes the connection over; sans-IO.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    those of the request's head.
/// Source:    RFC 6455 §4.2 (server's part of the handshake), §11.3 (fields); RFC 9110 §15.5.22 (426).
#pragma once

#include "http/request_parser.h"

#include <string>
#include <string_view>

namespace inferenceflow::http {

struct websocket_verdict {
  int status = 101;    ///< 101, or why not: 400 malformed, 426 another protocol or version is needed
  std::string headers; ///< lines that belong to that status
  std::string reason;  ///< for the client; empty with 101
  std::string param;   ///< header at fault; empty with 101
};

/// Judges a request by method, version and header fields; not by origin, which is the caller's to check.
/// No subprotocol and no extension is chosen, whatever is offered.
/// @param body_bytes  of the request; one that opens a WebSocket has none.
[[nodiscard]] websocket_verdict judge_websocket(const request_head& head, std::size_t body_bytes);

/// Value of Sec-WebSocket-Accept for a key.
[[nodiscard]] std::string websocket_accept(std::string_view key);

} // namespace inferenceflow::http
