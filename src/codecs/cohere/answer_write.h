/// The superset → a whole answer of Cohere's chat.
///
/// Role:      codec::write_answer().
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    as large as the answer.
/// Source:    Cohere API v2 reference, "Chat": response; the official Python SDK's V2ChatResponse.
#pragma once

#include "dialogue/answer.h"
#include "dialogue/codec.h"

namespace inferenceflow::codecs::cohere {

/// Only the first choice is written: Cohere gives one.
[[nodiscard]] dialogue::written_answer write_answer(const dialogue::answer& got);

} // namespace inferenceflow::codecs::cohere
