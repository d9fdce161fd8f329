/// Anthropic's words for what the superset names.
///
/// Role:      readers and writers of answers and streams share it.
/// Lifecycle: free functions; constants.
/// Threading: reentrant.
/// Bounds:    none.
/// Source:    Claude API reference, Messages: stop_reason, output_config.effort, TextCitation.
#pragma once

#include "dialogue/answer.h"
#include "dialogue/request.h"

#include <optional>
#include <string_view>

namespace inferenceflow::codecs::anthropic {

inline constexpr std::string_view k_path = "/v1/messages";
inline constexpr std::string_view k_count_suffix = "/count_tokens";
inline constexpr std::string_view k_version = "2023-06-01";

/// @param stop_reason  Anthropic's; empty = none. Unknown ones are finish::other.
[[nodiscard]] dialogue::finish finish_of(std::string_view stop_reason) noexcept;

/// Anthropic's stop_reason; empty (null) for finish::none.
/// @param calls_tools  the answer holds a tool call: then an ordinary end is "tool_use", which clients wait for.
/// @param refused      the answer holds a refusal: then an ordinary end is "refusal".
[[nodiscard]] std::string_view stop_reason_of(dialogue::finish reason, bool calls_tools, bool refused) noexcept;

/// True for ends that Anthropic has no word of its own for.
[[nodiscard]] bool loses_reason(dialogue::finish reason) noexcept;

/// Nothing for unknown words. "max" is effort::extra_high; request_read keeps the difference beside it.
[[nodiscard]] std::optional<dialogue::effort> effort_of(std::string_view word) noexcept;
/// Empty for effort::none; "low" for minimal, the least that Anthropic has.
[[nodiscard]] std::string_view word_of(dialogue::effort level) noexcept;

/// True for the types of citation that Anthropic has.
[[nodiscard]] bool is_citation_type(std::string_view type) noexcept;

} // namespace inferenceflow::codecs::anthropic
