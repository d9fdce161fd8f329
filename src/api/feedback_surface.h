/// POST /v1/feedback: how good an answer was.
///
/// Role:      router target.
/// Lifecycle: free function.
/// Threading: the exchange's loop; the ledger's writer records it.
/// Bounds:    k_feedback_body_bytes_max; waits at most k_feedback_patience for the ledger.
/// Source:    docs: openapi.json.
///
/// Saying the same again changes nothing, so a client that got no answer sends it again. 200 means that it is on disk.
#pragma once

#include "api/call_context.h"
#include "api/service.h"

#include <chrono>

namespace inferenceflow::api {

inline constexpr std::chrono::seconds k_feedback_patience{5};

[[nodiscard]] net::task<void> serve_feedback(call_context& context, service& serving);

} // namespace inferenceflow::api
