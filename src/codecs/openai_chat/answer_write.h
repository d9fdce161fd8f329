/// The superset's answer, as a Chat Completions document.
///
/// Role:      codec::write_answer; the pieces that a stream has too.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    about as large as the answer.
/// Source:    OpenAI API reference, "The chat completion object"; DeepSeek (reasoning_content); OpenRouter
///            (reasoning_details, images); vLLM (stop_reason).
#pragma once

#include "codecs/openai_chat/json_out.h"
#include "dialogue/codec.h"

#include <span>

namespace inferenceflow::codecs::openai_chat {

[[nodiscard]] dialogue::written_answer write_answer(const dialogue::answer& got, const dialogue::stream_wish& wish);

/// {"content": […], "refusal": null}
void write_logprobs(json_out& out, std::span<const dialogue::token_logprob> logprobs);

/// Members finish_reason and, where a stop sequence is known, stop_reason.
void write_end(json_out& out, dialogue::finish reason, std::string_view stop_sequence, bool has_refusal);

/// One element of `images`.
void write_image(json_out& out, std::string_view media_type, std::string_view data_base64, std::string_view url);

/// What a media part or block that has no form here is called in `losses`.
[[nodiscard]] std::string lost_block(std::string_view type);

} // namespace inferenceflow::codecs::openai_chat
