/// From a request that was read out of another protocol than OpenAI's chat to a request of the pipeline.
///
/// Role:      surfaces of such protocols, and lines of batches that speak one.
/// Lifecycle: free function.
/// Threading: the loop that the service belongs to.
/// Bounds:    those of the request.
#pragma once

#include "api/service.h"
#include "dialogue/request.h"
#include "pipeline/request.h"

namespace inferenceflow::api {

/// What the pipeline goes by. `into` has its protocol, body, target and features already.
void take_dialogue(service& serving, pipeline::request& into, dialogue::request read);

} // namespace inferenceflow::api
