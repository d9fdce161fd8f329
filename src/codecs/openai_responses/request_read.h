/// A client's body of POST /v1/responses.
///
/// Role:      codec's read_request().
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    the body's size; nesting ≤ dialogue::k_json_depth_max.
/// Source:    OpenAI API reference, "Create a model response"; SDK type ResponseCreateParams, read 2026-11; recorded
///            requests.
#pragma once

#include "base/error.h"
#include "dialogue/request.h"

#include <string_view>

namespace inferenceflow::codecs::openai_responses {

/// @returns invalid_request naming the field by its path, e.g. "input[2].content[0].image_url".
[[nodiscard]] result<dialogue::request> read_request(std::string_view body);

} // namespace inferenceflow::codecs::openai_responses
