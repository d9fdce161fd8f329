/// The superset's request, as a Chat Completions body.
///
/// Role:      codec::write_request.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    about as large as the request.
/// Source:    OpenAI API reference, "Create chat completion"; dialect.h.
#pragma once

#include "base/error.h"
#include "codecs/openai_chat/dialect.h"
#include "dialogue/codec.h"

#include <string_view>

namespace inferenceflow::codecs::openai_chat {

/// @param model  the backend's name for it.
/// @returns invalid_request naming the superset's field that has no form here; README.md lists them.
[[nodiscard]] result<dialogue::written_request> write_request(const dialogue::request& asked, std::string_view model,
                                                              const dialect& of);

} // namespace inferenceflow::codecs::openai_chat
