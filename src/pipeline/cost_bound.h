/// What a request can cost at most, before anybody has answered it.
///
/// Role:      what a route with a budget sets aside.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    none.
#pragma once

#include "pipeline/question.h"
#include "pipeline/request.h"
#include "routing/route_table.h"

namespace inferenceflow::pipeline {

/// Two bytes of the body a token, and k_answer_tokens_reserved of an answer that the client does not limit: where more
/// comes, the pacer sets more aside the next time.
[[nodiscard]] money cost_at_most(const request& asked, const question& about, const routing::route& target,
                                 wall_time now);

} // namespace inferenceflow::pipeline
