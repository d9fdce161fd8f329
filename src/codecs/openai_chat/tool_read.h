/// Tools, tool choice and output format of a request, into the superset.
///
/// Role:      request_read.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    none of its own.
/// Source:    OpenAI API reference, "Create chat completion" (tools, tool_choice, response_format, the deprecated
///            functions and function_call); Mistral (tool_choice "any"); Together, llama-server (json_object with a
///            schema); OpenRouter (tools of its own).
#pragma once

#include "dialogue/json_view.h"
#include "dialogue/request.h"

#include <string_view>

namespace inferenceflow::codecs::openai_chat {

/// Reads the top-level field `name` if it is one of these. @returns false if it is not.
bool read_tool_field(dialogue::request& into, std::string_view name, const dialogue::json_view& value);

} // namespace inferenceflow::codecs::openai_chat
