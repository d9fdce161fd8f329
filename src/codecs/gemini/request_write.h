/// A request as a GenerateContentRequest.
///
/// Role:      codec::write_request.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    as large as the request.
/// Source:    Gemini API reference, "models.generateContent"; recorded requests that Google took.
#pragma once

#include "base/error.h"
#include "dialogue/codec.h"
#include "dialogue/request.h"

#include <string_view>

namespace inferenceflow::codecs::gemini {

/// Tools first, then the system instruction, then the history: in the order that prompt caches see.
/// @param model  see path_for().
/// @returns invalid_request naming the superset's field that Gemini cannot carry. README.md has the table.
[[nodiscard]] result<dialogue::written_request> write_request(const dialogue::request& asked, std::string_view model);

} // namespace inferenceflow::codecs::gemini
