/// A whole answer as this protocol's clients expect it.
///
/// Role:      codec's write_answer(). Plays the answer as events into stream_writer and takes the response that its
///            stream would end with.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    about twice the answer's size.
/// Source:    OpenAI API reference, "The response object"; SDK type Response.
#pragma once

#include "dialogue/answer.h"
#include "dialogue/codec.h"

namespace inferenceflow::codecs::openai_responses {

[[nodiscard]] dialogue::written_answer write_answer(const dialogue::answer& got, const dialogue::stream_wish& wish);

} // namespace inferenceflow::codecs::openai_responses
