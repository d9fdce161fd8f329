/// OpenAI's endpoints.
///
/// Role:      router targets for /v1/chat/completions, /v1/completions, /v1/embeddings and /v1/models.
/// Lifecycle: free functions; everything they use belongs to the call.
/// Threading: the exchange's loop.
/// Bounds:    those of the HTTP edge and of the scan.
/// Source:    OpenAI API reference.
#pragma once

#include "api/call_context.h"
#include "api/service.h"

namespace inferenceflow::api {

[[nodiscard]] net::task<void> serve_chat(call_context& context, service& serving);
[[nodiscard]] net::task<void> serve_completion(call_context& context, service& serving);
[[nodiscard]] net::task<void> serve_embedding(call_context& context, service& serving);

/// GET /v1/models: every configured name.
[[nodiscard]] net::task<void> serve_models(call_context& context, service& serving);
/// GET /v1/models/{model}: one; the name may contain slashes and percent-escapes.
[[nodiscard]] net::task<void> serve_model(call_context& context, service& serving);

/// Refuses a request before the pipeline: answers, counts and logs it.
[[nodiscard]] net::task<void> refuse_early(call_context& context, service& serving, const pipeline::request& asked,
                                           const error& why);

} // namespace inferenceflow::api
