/// The heads of answers: content, caching, and the x-inferenceflow-* fields that say where an answer comes from.
///
/// Role:      every reply begins its answers with these.
/// Lifecycle: free functions.
/// Threading: the exchange's event loop.
/// Bounds:    a dozen fields.
/// Source:    RFC 9110 §6.5 (trailer fields); WHATWG HTML §9.2 (event streams).
#pragma once

#include "api/call_context.h"
#include "http/header_block.h"
#include "pipeline/reply.h"

#include <string_view>

namespace inferenceflow::api {

/// Adds cache, model and provider; how the model was chosen, if it was; cost and saved if settled.
void add_note(http::header_block& lines, const pipeline::answer_note& note);

/// Head of an event stream. One that is live, whose cost is not known yet, announces trailers, where the client's
/// version of HTTP has them.
[[nodiscard]] http::header_block stream_lines(const call_context& context, const pipeline::answer_note& note,
                                              std::string_view content_type = "text/event-stream; charset=utf-8");

/// Cost and saved as trailer lines.
[[nodiscard]] http::header_block note_trailers(const pipeline::answer_note& note);

/// Answers with an error in OpenAI's format and what is known of the request. @returns false when the client is gone.
[[nodiscard]] net::task<bool> send_refusal(call_context& context, const error& why, const pipeline::answer_note& note);

} // namespace inferenceflow::api
