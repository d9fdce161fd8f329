/// The x-inferenceflow-* fields: what an answer says about itself.
///
/// Role:      every reply adds them to its head, or as trailers when cost is not known before the end.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    five fields.
/// Source:    RFC 9110 §6.5 (trailer fields).
#pragma once

#include "http/header_block.h"
#include "pipeline/reply.h"

namespace inferenceflow::api {

/// Adds cache, model and provider; cost and saved if settled, else announces them as trailers.
void add_note(http::header_block& lines, const pipeline::answer_note& note);

/// Cost and saved as trailer lines.
[[nodiscard]] http::header_block note_trailers(const pipeline::answer_note& note);

} // namespace inferenceflow::api
