/// A whole event stream turned into the document that the same call would have answered without streaming.
///
/// Role:      the exact cache keeps an answer in the form it came in; this serves it to a client that asked for the
///            other form. Not on the path of a miss.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    memory: a few times the stream's size; nesting ≤ 64.
/// Source:    OpenAI API reference, "The chat completion chunk object", "The chat completion object".
#pragma once

#include "base/error.h"
#include "wire/openai/request_scan.h"

#include <string>
#include <string_view>

namespace inferenceflow::wire::openai {

/// Merges the chunks: text by concatenation, tool calls by their index, log probabilities by appending; fields that
/// this format does not name are merged by their type, so a dialect's reasoning_content survives.
/// @param op      chat or completion.
/// @param stream  the whole body of the event stream, [DONE] included.
/// @returns upstream_failed  an error event, malformed JSON, no choices, or an end without [DONE].
[[nodiscard]] result<std::string> assemble_stream(operation op, std::string_view stream);

} // namespace inferenceflow::wire::openai
