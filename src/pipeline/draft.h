/// What a request would be sent as, without sending it.
///
/// Role:      lines of batches that may go into a provider's batch are written with it, by the very code that a normal
///            call goes through.
/// Lifecycle: free coroutine.
/// Threading: one event loop.
/// Bounds:    one copy of the body, translated.
#pragma once

#include "net/task.h"
#include "pipeline/request.h"
#include "pipeline/services.h"
#include "providers/provider.h"

#include <cstddef>
#include <memory>
#include <string>

namespace inferenceflow::pipeline {

struct request_draft {
  std::size_t provider_index = 0; ///< into settings.providers
  std::string model = {};         ///< as the provider calls it
  providers::call_draft sent = {};
};

/// Some answer in it is a tool's: an agent waits for the next one. Also true where the body cannot be read.
[[nodiscard]] bool is_tool_loop(const services& shared, const request& asked);

/// For the first target of the request's route.
/// @returns why there is no draft: no such model, a local one, a provider that is switched off, or what the provider's
///          protocol cannot carry.
/// Lifetime: all references live until it returns.
[[nodiscard]] net::task<result<request_draft>> draft_of(std::shared_ptr<const generation> now, const request& asked);

} // namespace inferenceflow::pipeline
