/// What a request says beside its contents and tools: toolConfig, generationConfig, and fields of Gemini's alone.
///
/// Role:      request_read.
/// Lifecycle: free functions; each fills its part of the request.
/// Threading: reentrant.
/// Bounds:    none beyond the document's.
/// Source:    Gemini API reference, "ToolConfig", "GenerationConfig"; Vertex AI's generateContent.
#pragma once

#include "dialogue/json_view.h"
#include "dialogue/request.h"

namespace inferenceflow::codecs::gemini {

/// Wants asked.tools to be read: ANY with every function allowed is a plain `required`.
void read_tool_config(const dialogue::json_view& config, dialogue::request& asked);
void read_generation_config(const dialogue::json_view& config, dialogue::request& asked);
/// Fields of the body that are none of the others' business; unknown ones become non-essential extras.
void read_top_level(const dialogue::json_view& root, dialogue::request& asked);

} // namespace inferenceflow::codecs::gemini
