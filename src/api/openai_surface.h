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
#include "pipeline/request.h"

#include <string_view>

namespace inferenceflow::api {

[[nodiscard]] net::task<void> serve_chat(call_context& context, service& serving);
[[nodiscard]] net::task<void> serve_completion(call_context& context, service& serving);
[[nodiscard]] net::task<void> serve_embedding(call_context& context, service& serving);

/// GET /v1/models: every configured name.
[[nodiscard]] net::task<void> serve_models(call_context& context, service& serving);
/// GET /v1/models/{model}: one; the name may contain slashes and percent-escapes.
[[nodiscard]] net::task<void> serve_model(call_context& context, service& serving);

/// Head and body of a request in OpenAI's format. @param into  takes what is known of it, also when it is refused.
/// @returns the errors of take_head() and read_body() in intake.h.
[[nodiscard]] result<void> take_openai(call_context& context, service& serving, wire::openai::operation op,
                                       std::string_view surface, pipeline::request& into);

/// Refuses a request before the pipeline: answers, counts and logs it.
[[nodiscard]] net::task<void> refuse_early(call_context& context, service& serving, const pipeline::request& asked,
                                           const error& why);

} // namespace inferenceflow::api
