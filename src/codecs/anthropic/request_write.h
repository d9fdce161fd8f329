/// The superset's request as a Messages request.
///
/// Role:      codec::write_request.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    as large as the request.
/// Source:    Claude API reference, Messages: create. Members are written in the order of the prompt: tools, system,
///            messages. Schemas and arguments are embedded byte for byte, so that a prompt cache finds them again.
#pragma once

#include "base/error.h"
#include "dialogue/codec.h"
#include "dialogue/request.h"

#include <string_view>

namespace inferenceflow::codecs::anthropic {

/// @param model  the backend's name for the model; tells which generation's fields it gets.
/// @returns invalid_request naming the superset's field; what is refused and what dropped stands in README.md.
[[nodiscard]] result<dialogue::written_request> write_messages_request(const dialogue::request& asked,
                                                                       std::string_view model);

} // namespace inferenceflow::codecs::anthropic
