/// JSON text of this format: written by wire/json's writer, judged before it is embedded.
///
/// Role:      every writer of this codec appends its document or chunk through one json_out.
/// Lifecycle: wire/json/writer.h.
/// Threading: one thread.
/// Bounds:    wire/json/writer.h.
/// Source:    RFC 8259.
#pragma once

#include "wire/json/writer.h"

#include <string_view>

namespace inferenceflow::codecs::openai_chat {

using json_out = wire::json::writer;

/// True if `json` is one JSON value and nothing else.
[[nodiscard]] bool is_json(std::string_view json);

} // namespace inferenceflow::codecs::openai_chat
