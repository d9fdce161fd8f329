/// Cohere's words for what the superset has its own for.
///
/// Role:      readers and writers of answers and streams.
/// Lifecycle: free functions and constants.
/// Threading: reentrant.
/// Bounds:    none.
/// Source:    Cohere API v2 reference, "Chat": ChatFinishReason, AssistantMessageResponse.
#pragma once

#include "dialogue/answer.h"

#include <string_view>

namespace inferenceflow::codecs::cohere {

/// reasoning_part::id of a tool plan. Cohere shows its thinking in two places: `thinking` blocks of the content, and
/// the `tool_plan` beside tool calls. Both are reasoning parts; the id says which place one goes back to.
inline constexpr std::string_view k_tool_plan_id = "tool_plan";

/// An unknown word is finish::other, none is finish::none.
[[nodiscard]] dialogue::finish finish_of(std::string_view word) noexcept;
/// COMPLETE for whatever ended well, ERROR for what did not.
[[nodiscard]] std::string_view word_of(dialogue::finish reason) noexcept;
/// True if reading word_of(reason) gives `reason` again.
[[nodiscard]] bool has_word(dialogue::finish reason) noexcept;

} // namespace inferenceflow::codecs::cohere
