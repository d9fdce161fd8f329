/// A Messages answer, read into the superset.
///
/// Role:      codec::read_answer.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    the caller bounds the document; nesting ≤ dialogue::k_json_depth_max.
/// Source:    Claude API reference, Messages: Message.
#pragma once

#include "base/error.h"
#include "dialogue/answer.h"
#include "dialogue/json_view.h"

#include <string_view>

namespace inferenceflow::codecs::anthropic {

/// @returns upstream_failed when `body` is no message.
[[nodiscard]] result<dialogue::answer> read_message(std::string_view body);

/// What the provider says about a refusal (`stop_details.explanation`); empty if nothing. It becomes a refusal_part
/// behind all others. The policy category has no place in the superset.
[[nodiscard]] std::string_view read_refusal(const dialogue::json_view& stop_details);

} // namespace inferenceflow::codecs::anthropic
