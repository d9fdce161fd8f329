/// Notes in a call's trace how far it got, and what it was refused for.
///
/// Role:      the providers over HTTP call it once the answer's head is there, or is not, and once an error is read.
/// Lifecycle: free functions.
/// Threading: one event loop.
/// Bounds:    none.
#pragma once

#include "http/upstream_call.h"
#include "providers/provider.h"

#include <string_view>

namespace inferenceflow::providers::upstream {

/// @param trace    null: nobody wants to know.
/// @param started  whether `exchange` has a head.
inline void note_start(call_trace* trace, const http::upstream_call& exchange, bool started) {
  if (trace != nullptr) {
    trace->connected = exchange.connected();
    trace->answered = exchange.answered();
    trace->status = started ? exchange.head().status : 0;
    trace->refused.reset();
    trace->filtered = false;
  }
}

/// Notes what an error document says.
/// @param body  as the provider wrote it. A content filter is known by its code only: "content_filter" (OpenAI, Azure),
///              "content_policy_violation" and "moderation_blocked" (OpenAI), "ResponsibleAIPolicyViolation" (Azure),
///              or by Anthropic's words.
inline void note_refusal(call_trace* trace, std::string_view body, const error& why) {
  if (trace == nullptr) {
    return;
  }
  trace->refused = why;
  for (const std::string_view mark : {"content_filter", "content_policy_violation", "moderation_blocked",
                                      "ResponsibleAIPolicyViolation", "content filtering policy"}) {
    trace->filtered = trace->filtered || body.find(mark) != std::string_view::npos;
  }
}

} // namespace inferenceflow::providers::upstream
