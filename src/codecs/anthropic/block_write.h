/// Content blocks, written: what requests and answers have in common.
///
/// Role:      message_write, answer_write and stream_write.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    as large as the part.
/// Source:    Claude API reference, Messages: ContentBlockParam, ContentBlock.
#pragma once

#include "codecs/anthropic/json_text.h"
#include "dialogue/part.h"

#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::codecs::anthropic {

/// Writes `"cache_control":{…}` if there is a mark.
void write_cache_mark(json_writer& out, const std::optional<dialogue::cache_life>& mark);

/// True if the citation carries Anthropic's own JSON.
[[nodiscard]] bool is_own_citation(const dialogue::citation& source);

/// For a client: Anthropic's own JSON, else the nearest of its types. Its place in the answer is the block that it
/// stands in; begin and end cannot be said.
void write_citation(json_writer& out, const dialogue::citation& source);

/// {"type":"thinking",…}
void write_thinking(json_writer& out, std::string_view text, std::string_view signature);
/// {"type":"redacted_thinking",…}
void write_redacted(json_writer& out, std::string_view data);

/// The value of `stop_details` for a refusal in words; its policy category is not known.
void write_refusal(json_writer& out, std::string_view explanation);

/// A call's arguments as the object that Anthropic wants. "{}" for none; a custom tool's free text becomes
/// {"input": text}.
/// @returns nothing when the arguments are not a JSON object.
[[nodiscard]] std::optional<std::string> input_object(const dialogue::tool_call_part& call);

} // namespace inferenceflow::codecs::anthropic
