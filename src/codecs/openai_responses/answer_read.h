/// A backend's whole answer: the response object.
///
/// Role:      codec's read_answer(). Plays the document as events and puts them together, so that a document and a
///            stream of the same response read alike.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    the document's size.
/// Source:    OpenAI API reference, "The response object".
#pragma once

#include "base/error.h"
#include "dialogue/answer.h"

#include <string_view>

namespace inferenceflow::codecs::openai_responses {

/// @returns upstream_failed if `body` is no response; the response's own error if it failed or was cancelled.
[[nodiscard]] result<dialogue::answer> read_answer(std::string_view body);

} // namespace inferenceflow::codecs::openai_responses
