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
#include "api/simple_request.h"

#include <string>

namespace inferenceflow::api {

[[nodiscard]] net::task<void> serve_inference(call_context& context, service& serving);
[[nodiscard]] net::task<void> serve_generate(call_context& context, service& serving);

/// The model that a simple request names, or the first local chat model.
/// @returns invalid_request when it names none and there is none.
[[nodiscard]] result<std::string> model_of(const config::settings& settings, const simple_request& asked);

/// What `use_cache` says, on top of what the headers said.
void read_cache_wish(const simple_request& asked, pipeline::cache_wish& into);

/// What `priority` and `deadline_ms` say, on top of what the headers said.
void read_lane_wish(const simple_request& asked, pipeline::request& into);

} // namespace inferenceflow::api
