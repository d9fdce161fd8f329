/// A Chat Completions request, into the superset.
///
/// Role:      codec::read_request.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    as large as the body.
/// Source:    OpenAI API reference, "Create chat completion"; the dialects that dialect.h names.
#pragma once

#include "base/error.h"
#include "dialogue/request.h"

#include <string_view>

namespace inferenceflow::codecs::openai_chat {

/// @returns invalid_request that names the field by its path, e.g. "messages[0].content[1].type".
[[nodiscard]] result<dialogue::request> read_request(std::string_view body);

} // namespace inferenceflow::codecs::openai_chat
