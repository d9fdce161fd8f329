/// What the journey needs to know of a request, and of a call that failed.
///
/// Role:      delivery translates with it between providers/ and resilience/.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    those of the request.
#pragma once

#include "dialogue/codec_set.h"
#include "dispatch/line.h"
#include "pipeline/request.h"
#include "providers/provider.h"
#include "resilience/fallback_plan.h"

namespace inferenceflow::pipeline {

/// The request as the plan sees it: its size, and a hash of its conversation's beginning where the line balances by it.
[[nodiscard]] resilience::plan_request plan_of(const request& asked, const dispatch::line& along,
                                               const dialogue::codec_set& codecs);

/// What went wrong. @param trace  how far the call got. @param got  an error, an error document or a broken stream.
[[nodiscard]] resilience::attempt_failure failure_of(const providers::call_trace& trace,
                                                     const result<providers::answer>& got);

} // namespace inferenceflow::pipeline
