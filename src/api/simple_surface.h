/// POST /v1/inference and POST /v1/generate.
///
/// Role:      router targets.
/// Lifecycle: free functions.
/// Threading: the exchange's loop.
/// Bounds:    those of the HTTP edge.
/// Source:    docs: openapi.json.
#pragma once

#include "api/call_context.h"
#include "api/service.h"

namespace inferenceflow::api {

[[nodiscard]] net::task<void> serve_inference(call_context& context, service& serving);
[[nodiscard]] net::task<void> serve_generate(call_context& context, service& serving);

} // namespace inferenceflow::api
