/// A whole answer of TGI → the superset.
///
/// Role:      codec::read_answer().
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    as large as the document.
/// Source:    text-generation-inference, router: GenerateResponse; `/` answers with a list of one.
///
/// TGI leaves a stop sequence at the end of the text. The template's own is taken off; the caller's stays, for nothing
/// in the answer says which one it was.
#pragma once

#include "base/error.h"
#include "dialogue/answer.h"

#include <string_view>

namespace inferenceflow::codecs::tgi {

/// @returns upstream_failed when the document is no answer.
[[nodiscard]] result<dialogue::answer> read_answer(std::string_view body);

} // namespace inferenceflow::codecs::tgi
