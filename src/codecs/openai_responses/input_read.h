/// The `input` of a request: a text, or items of history.
///
/// Role:      request_read reads the prompt with it.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    the body's size.
/// Source:    SDK type ResponseInputItemParam; recorded requests.
#pragma once

#include "dialogue/json_view.h"
#include "dialogue/request.h"

namespace inferenceflow::codecs::openai_responses {

/// Appends messages. A turn of the assistant lies in the input as several items (thoughts, text, calls): they become
/// one message, as do the results of its calls. An item_reference is a fault: it names what only the provider holds.
void read_input(dialogue::json_view input, dialogue::request& into);

} // namespace inferenceflow::codecs::openai_responses
