/// A whole answer of Cohere's chat → the superset.
///
/// Role:      codec::read_answer().
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    as large as the document.
/// Source:    Cohere API v2 reference, "Chat": response.
#pragma once

#include "base/error.h"
#include "dialogue/answer.h"

#include <string_view>

namespace inferenceflow::codecs::cohere {

/// @returns upstream_failed when the document is none.
[[nodiscard]] result<dialogue::answer> read_answer(std::string_view body);

} // namespace inferenceflow::codecs::cohere
