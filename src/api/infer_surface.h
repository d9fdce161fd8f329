/// POST /infer: an answer within a budget, a time and a confidence.
///
/// Role:      router target.
/// Lifecycle: free functions.
/// Threading: the exchange's loop.
/// Bounds:    those of the HTTP edge.
/// Source:    docs: openapi.json.
#pragma once

#include "api/call_context.h"
#include "api/service.h"
#include "pipeline/services.h"

#include <string>
#include <string_view>

namespace inferenceflow::api {

[[nodiscard]] net::task<void> serve_infer(call_context& context, service& serving);

/// The model that a request of /infer goes to: the one it names; else the first route of the configuration that chooses
/// among models; else "auto".
/// @returns model_not_found when it names none and there is neither.
[[nodiscard]] result<std::string> route_of(const pipeline::generation& current, std::string_view named);

} // namespace inferenceflow::api
