/// The superset → a Cohere chat request.
///
/// Role:      codec::write_request().
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    as large as the request.
/// Source:    Cohere API v2 reference, "Chat": request body.
#pragma once

#include "base/error.h"
#include "dialogue/codec.h"
#include "dialogue/request.h"

#include <string_view>

namespace inferenceflow::codecs::cohere {

/// @param model  Cohere's name for the model.
/// @returns invalid_request naming the field of the superset that Cohere cannot carry and that must not be dropped.
[[nodiscard]] result<dialogue::written_request> write_request(const dialogue::request& asked, std::string_view model);

} // namespace inferenceflow::codecs::cohere
