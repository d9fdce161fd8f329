/// A Cohere chat request → the superset.
///
/// Role:      codec::read_request().
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    as large as the body.
/// Source:    Cohere API v2 reference, "Chat": request body; the official Python SDK's ChatMessageV2, ToolV2, Thinking.
#pragma once

#include "base/error.h"
#include "dialogue/request.h"

#include <string_view>

namespace inferenceflow::codecs::cohere {

/// @param body  of POST /v2/chat.
/// @returns invalid_request naming the field, e.g. "messages[2].content[0].type".
[[nodiscard]] result<dialogue::request> read_request(std::string_view body);

} // namespace inferenceflow::codecs::cohere
