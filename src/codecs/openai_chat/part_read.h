/// The parts of a message's content, and data URLs.
///
/// Role:      message_read for requests; answer_read where a host answers with parts.
/// Lifecycle: free functions; faults are noted in the document.
/// Threading: reentrant.
/// Bounds:    none of their own.
/// Source:    OpenAI API reference, "Create chat completion" (messages.content); Mistral (thinking, document_url,
///            image_url as a string); OpenRouter and vLLM (video_url); OpenRouter and Anthropic-compatible hosts
///            (cache_control); OpenAI prompt caching (prompt_cache_breakpoint).
#pragma once

#include "dialogue/json_view.h"
#include "dialogue/part.h"

#include <string_view>
#include <vector>

namespace inferenceflow::codecs::openai_chat {

/// The name of a file that came without one: OpenAI insists on a name, so one is written, and read as none.
inline constexpr std::string_view k_unnamed_file = "unnamed-document";
/// Message fields that are no content parts, as types of opaque parts of this protocol.
inline constexpr std::string_view k_message_audio = "message.audio";

/// Reads a string, or an array of parts, as parts. An absent or empty string gives none.
void read_content(const dialogue::json_view& content, std::vector<dialogue::part>& into);

/// Fills media_type and data_base64 from "data:TYPE;base64,…", or url from anything else.
void read_url(std::string_view url, dialogue::media_part& into);

} // namespace inferenceflow::codecs::openai_chat
