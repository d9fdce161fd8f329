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

namespace inferenceflow::api {

/// Answers one request. Lifetime: `serving` outlives the returned handler.
[[nodiscard]] http::handler make_router(service& serving);

/// Errors that never became a request, in OpenAI's format.
[[nodiscard]] http::error_renderer make_error_renderer();

} // namespace inferenceflow::api
