/// Messages of Cohere's chat → the superset.
///
/// Role:      read_request() and, for an assistant's message, read_answer().
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    as large as the document.
/// Source:    Cohere API v2 reference, "Chat": messages.
#pragma once

#include "dialogue/json_view.h"
#include "dialogue/request.h"

#include <vector>

namespace inferenceflow::codecs::cohere {

/// One message of a request; faults are noted in its document.
[[nodiscard]] dialogue::message read_message(const dialogue::json_view& message);

/// What an assistant says: its content's blocks, then the tool plan, then the tool calls, which is the order in which
/// Cohere streams them.
[[nodiscard]] std::vector<dialogue::part> read_assistant(const dialogue::json_view& message);

} // namespace inferenceflow::codecs::cohere
