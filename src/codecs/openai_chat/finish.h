/// Why an answer ended, in this format's words.
///
/// Role:      readers and writers of answers and streams.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    none.
/// Source:    OpenAI API reference, "finish_reason"; vLLM stop_reason; SGLang matched_stop; OpenRouter "error";
/// DeepSeek
///            "insufficient_system_resource"; Mistral "model_length"; z.ai "sensitive", "network_error".
#pragma once

#include "dialogue/answer.h"
#include "dialogue/json_view.h"

#include <string>
#include <string_view>

namespace inferenceflow::codecs::openai_chat {

struct choice_end {
  dialogue::finish reason = dialogue::finish::none;
  std::string stop_sequence = {}; ///< which one, where the host says it
};

/// Reads finish_reason, stop_reason and matched_stop of a choice or of a stream's choice.
[[nodiscard]] choice_end read_end(const dialogue::json_view& choice);

/// What the reason means beside what the message holds: "stop", or nothing at all, with tool calls waits for their
/// results (OpenAI says "stop" when a tool was forced, some hosts never say anything); "stop" with a refusal is one.
[[nodiscard]] dialogue::finish settled(dialogue::finish reason, bool has_calls, bool has_refusal) noexcept;

/// OpenAI's word; empty stands for null.
/// @param has_refusal  the message carries a refusal of its own, so that "stop" is how it ended.
[[nodiscard]] std::string_view finish_word(dialogue::finish reason, bool has_refusal) noexcept;

} // namespace inferenceflow::codecs::openai_chat
