/// POST /v1/messages/count_tokens: how long is this prompt?
///
/// Role:      the surface that answers it; not part of dialogue::codec, since other protocols have no such call.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    as for a Messages request.
/// Source:    Claude API reference, Messages: count_tokens.
#pragma once

#include "base/error.h"
#include "dialogue/request.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace inferenceflow::codecs::anthropic {

/// A Messages body that needs no max_tokens. @returns invalid_request with the path of the field at fault.
[[nodiscard]] result<dialogue::request> read_count_request(std::string_view body);

/// {"input_tokens":n}
[[nodiscard]] std::string write_count_answer(std::int64_t input_tokens);

} // namespace inferenceflow::codecs::anthropic
