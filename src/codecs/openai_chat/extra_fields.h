/// The request fields of this format that the superset has no place for.
///
/// Role:      request_read says with it which of them are essential; request_write carries those that it lists and no
///            other, because a field that only another protocol knows would be answered with 400.
/// Lifecycle: compile-time table.
/// Threading: constant.
/// Bounds:    none.
/// Source:    OpenAI API reference, "Create chat completion"; OpenRouter, vLLM, SGLang, llama-server, Groq, Mistral,
/// xAI.
#pragma once

#include <string_view>

namespace inferenceflow::codecs::openai_chat {

/// Without it the answer would not be what was asked for: another kind of output, another source of facts, a rule that
/// the output keeps.
[[nodiscard]] bool is_essential_extra(std::string_view name) noexcept;

/// A top-level field of this format or of one of its hosts.
/// @param name  with its path; its first step counts.
[[nodiscard]] bool is_known_extra(std::string_view name) noexcept;

} // namespace inferenceflow::codecs::openai_chat
