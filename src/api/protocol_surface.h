/// The inbound surfaces of protocols beside OpenAI's chat: Anthropic, OpenAI Responses, Gemini, Cohere, Bedrock.
///
/// Role:      the router sends their paths here; from here on there is one way for all.
/// Lifecycle: one call per exchange.
/// Threading: its event loop.
/// Bounds:    the exchange's.
/// Source:    the codecs name the references.
#pragma once

#include "api/call_context.h"
#include "api/service.h"

namespace inferenceflow::api {

[[nodiscard]] net::task<void> serve_messages(call_context& context, service& serving);
[[nodiscard]] net::task<void> serve_count_tokens(call_context& context, service& serving);
[[nodiscard]] net::task<void> serve_responses(call_context& context, service& serving);
[[nodiscard]] net::task<void> serve_gemini(call_context& context, service& serving);
[[nodiscard]] net::task<void> serve_cohere(call_context& context, service& serving);
[[nodiscard]] net::task<void> serve_converse(call_context& context, service& serving);

} // namespace inferenceflow::api
