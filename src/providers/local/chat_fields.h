/// The fields that only chat requests have: messages and the output's format.
///
/// Role:      text_request only.
/// Lifecycle: pure functions.
/// Threading: any.
/// Bounds:    the body's.
#pragma once

#include "engine/request.h"
#include "providers/local/body_fields.h"

#include <string>
#include <vector>

namespace inferenceflow::providers::local {

/// Text parts of a content array are joined; "developer" becomes "system".
/// @returns invalid_request for other parts (images, audio, files), tool calls and unknown roles, naming the place.
[[nodiscard]] result<std::vector<engine::chat_message>> read_messages(const body_fields& fields);

/// response_format as JSON-schema text; empty for plain text.
[[nodiscard]] result<std::string> read_response_format(const body_fields& fields);

/// Refuses tools, functions and audio: the local model would ignore them silently.
[[nodiscard]] result<void> refuse_chat_extras(const body_fields& fields);

} // namespace inferenceflow::providers::local
