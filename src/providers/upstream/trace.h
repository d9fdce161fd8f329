/// Notes in a call's trace how far it got.
///
/// Role:      the providers over HTTP call it once the answer's head is there, or is not.
/// Lifecycle: free function.
/// Threading: one event loop.
/// Bounds:    none.
#pragma once

#include "http/upstream_call.h"
#include "providers/provider.h"

namespace inferenceflow::providers::upstream {

/// @param trace    null: nobody wants to know.
/// @param started  whether `exchange` has a head.
inline void note_start(call_trace* trace, const http::upstream_call& exchange, bool started) {
  if (trace != nullptr) {
    trace->connected = exchange.connected();
    trace->answered = exchange.answered();
    trace->status = started ? exchange.head().status : 0;
    trace->refused.reset();
  }
}

} // namespace inferenceflow::providers::upstream
