/// GET /v1/stream: opens a WebSocket that carries several requests at once.
///
/// Role:      router target that judges who may open one, and what the router runs once it is open.
/// Lifecycle: open_socket() → run_socket(), which completes when the socket is closed.
/// Threading: the exchange's loop.
/// Bounds:    one connection of server.connections_max.
/// Source:    docs/websocket.md; RFC 6455 §4.2, §10.2 (origin).
#pragma once

#include "api/call_context.h"
#include "api/service.h"

namespace inferenceflow::api {

/// Answers 101 and takes the exchange's connection over, or refuses.
[[nodiscard]] net::task<void> open_socket(call_context& context, service& serving);

/// Serves the requests that come on an open socket. @param opened  head of the request that opened it.
[[nodiscard]] net::task<void> run_socket(http::raw_connection& connection, const http::request_head& opened,
                                         service& serving);

} // namespace inferenceflow::api
