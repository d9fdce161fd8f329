/// What a provider is asked for the sake of a client's request.
///
/// Role:      every call for a request begins with it: sent, only drafted, or answered elsewhere.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    none of its own; it copies no body.
#pragma once

#include "pipeline/request.h"
#include "providers/provider.h"

#include <string_view>

namespace inferenceflow::pipeline {

/// @param model  the backend's own name. Lifetime: views into both, which live until the call returns.
[[nodiscard]] inline providers::call call_of(const request& asked, std::string_view model) {
  return {.protocol = asked.protocol,
          .op = asked.op,
          .model = model,
          .body = asked.body,
          .facts = &asked.facts,
          .target = asked.target,
          .read = asked.read.get(),
          .features = &asked.features,
          .request_id = asked.request_id,
          .traceparent = asked.traceparent,
          .lane = asked.lane,
          .tenant = asked.tenant,
          .deadline = asked.deadline};
}

} // namespace inferenceflow::pipeline
