/// Path and method → handler; what does not exist is told apart from what is not allowed.
///
/// Role:      the handler that app/ gives to every http::server.
/// Lifecycle: one per loop, shares its service.
/// Threading: one event loop.
/// Bounds:    a fixed table.
/// Source:    RFC 9110 §15.5.5 (404), §15.5.6 (405 with Allow), §9.3.7 (OPTIONS).
#pragma once

#include "api/call_context.h"
#include "api/service.h"
#include "http/server_connection.h"

#include <cstdint>
#include <string_view>

namespace inferenceflow::api {

/// Answers one request. Lifetime: `serving` outlives the returned handler.
[[nodiscard]] http::handler make_router(service& serving);

/// What a request on a WebSocket may ask for.
enum class socket_use : std::uint8_t {
  none,    ///< not on a socket
  plain,   ///< its path, or nothing, says whether it streams
  streams, ///< its body says so, by a member `stream`
};
[[nodiscard]] socket_use use_on_socket(std::string_view path);

/// Answers one request of a WebSocket; its path is one that use_on_socket() knows. Throws what the handler throws.
[[nodiscard]] net::task<void> serve_on_socket(http::exchange& exchange, service& serving);

/// Errors that never became a request, in OpenAI's format.
[[nodiscard]] http::error_renderer make_error_renderer();

} // namespace inferenceflow::api
