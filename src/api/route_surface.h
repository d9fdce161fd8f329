/// POST /v1/route: who would answer, and why not the others, without a call.
///
/// Role:      router target.
/// Lifecycle: free function.
/// Threading: the exchange's loop.
/// Bounds:    those of a chat request.
#pragma once

#include "api/call_context.h"
#include "api/service.h"

namespace inferenceflow::api {

/// Takes the body and the headers of POST /v1/chat/completions.
/// Answers the decision (routing::decision_json) with "other" where another choice had a say; the errors are those that
/// the chat would have been answered before any call.
[[nodiscard]] net::task<void> serve_route(call_context& context, service& serving);

} // namespace inferenceflow::api
