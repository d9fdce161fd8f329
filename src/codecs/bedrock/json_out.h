/// JSON text of this protocol: written by wire/json's writer, judged before it is embedded.
///
/// Role:      every writer of this protocol appends its document or event through one json_out.
/// Lifecycle: wire/json/writer.h.
/// Threading: one thread.
/// Bounds:    wire/json/writer.h.
/// Source:    RFC 8259.
#pragma once

#include "wire/json/writer.h"

#include <string_view>

namespace inferenceflow::codecs::bedrock {

using json_out = wire::json::writer;

/// True if `json` is one whole JSON object of bearable depth.
[[nodiscard]] bool is_json_object(std::string_view json);
/// True if `json` is one whole JSON value of bearable depth.
[[nodiscard]] bool is_json(std::string_view json);

} // namespace inferenceflow::codecs::bedrock
