/// A GenerateContentRequest as a request.
///
/// Role:      codec::read_request.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    none beyond the body's.
/// Source:    Gemini API reference, "models.generateContent", "Content", "Tool", "GenerationConfig"; Vertex AI's
/// fields;
///            recorded requests.
#pragma once

#include "base/error.h"
#include "dialogue/codec.h"
#include "dialogue/request.h"

#include <string_view>

namespace inferenceflow::codecs::gemini {

/// @returns not_found for a method that is not generateContent or streamGenerateContent; invalid_request naming the
/// field at fault.
[[nodiscard]] result<dialogue::request> read_request(std::string_view body, const dialogue::request_target& target);

} // namespace inferenceflow::codecs::gemini
