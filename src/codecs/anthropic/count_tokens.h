/// POST /v1/messages/count_tokens: how long is this prompt?
///
/// Role:      codec, for clients that ask and for backends that are asked.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    as for a Messages request.
/// Source:    Claude API reference, Messages: count_tokens.
#pragma once

#include "base/error.h"
#include "dialogue/codec.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace inferenceflow::codecs::anthropic {

/// A Messages body that needs no max_tokens. @returns invalid_request with the path of the field at fault.
[[nodiscard]] result<dialogue::request> read_count_request(std::string_view body);

/// What of a Messages request the call takes: what is part of the prompt, nothing that only shapes the answer.
[[nodiscard]] result<dialogue::written_request> write_count_request(const dialogue::request& asked,
                                                                    std::string_view model);

/// @returns upstream_failed when there is no count.
[[nodiscard]] result<std::int64_t> read_count_answer(std::string_view body);

/// {"input_tokens":n}
[[nodiscard]] std::string write_count_answer(std::int64_t input_tokens);

} // namespace inferenceflow::codecs::anthropic
