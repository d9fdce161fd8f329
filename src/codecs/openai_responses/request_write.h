/// The body of POST /v1/responses for a backend.
///
/// Role:      codec's write_request().
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    about the request's size.
/// Source:    OpenAI API reference, "Create a model response"; SDK type ResponseCreateParams, read 2026-11.
#pragma once

#include "base/error.h"
#include "dialogue/codec.h"
#include "dialogue/request.h"

#include <string_view>

namespace inferenceflow::codecs::openai_responses {

/// @returns invalid_request naming the field of the superset that cannot be carried and must not be dropped; which
///          ones these are stands in README.md.
[[nodiscard]] result<dialogue::written_request> write_request(const dialogue::request& asked, std::string_view model);

} // namespace inferenceflow::codecs::openai_responses
