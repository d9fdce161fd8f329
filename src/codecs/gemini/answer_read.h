/// A whole GenerateContentResponse as an answer.
///
/// Role:      codec::read_answer.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    none beyond the document's.
/// Source:    Gemini API reference, "GenerateContentResponse"; recorded answers.
#pragma once

#include "base/error.h"
#include "dialogue/answer.h"

#include <string_view>

namespace inferenceflow::codecs::gemini {

/// A refused prompt is an answer without parts that ends with content_filter.
/// @returns upstream_failed naming the field when the body is no answer of Gemini's; an error document's own error.
[[nodiscard]] result<dialogue::answer> read_answer(std::string_view body);

} // namespace inferenceflow::codecs::gemini
