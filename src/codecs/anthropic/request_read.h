/// A client's Messages request, read into the superset.
///
/// Role:      codec::read_request and count_tokens use it.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    the caller bounds the body; nesting ≤ dialogue::k_json_depth_max.
/// Source:    Claude API reference, Messages: create, count_tokens.
///
/// Normal form: `system` is a leading system message; the tool results of a user turn are a tool message of their own,
/// and tool messages side by side are one. Fields without a place in the superset are extras.
#pragma once

#include "base/error.h"
#include "dialogue/request.h"

#include <string_view>

namespace inferenceflow::codecs::anthropic {

enum class body_kind : std::uint8_t { create, count_tokens };

/// @param kind  count_tokens needs no max_tokens.
/// @returns invalid_request with the path of the field at fault, e.g. "messages[0].content[1].type".
[[nodiscard]] result<dialogue::request> read_messages_request(std::string_view body, body_kind kind);

} // namespace inferenceflow::codecs::anthropic
