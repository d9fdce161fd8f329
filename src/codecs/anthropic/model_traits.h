/// What a Claude model takes of what has come and gone between the generations, told from its name.
///
/// Role:      request_write chooses between a thinking budget and an effort level, and where system messages may stand.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    none.
/// Source:    Claude API docs, "Adaptive thinking", "Effort", "Mid-conversation system messages", read 2026-11. A name
///            that tells no version is taken for a current model and gets what was asked for.
#pragma once

#include <cstdint>
#include <string_view>

namespace inferenceflow::codecs::anthropic {

enum class thinking_style : std::uint8_t {
  none,     ///< before 3.7: does not think
  budget,   ///< 3.7 to 4.5: {"type":"enabled","budget_tokens":n}
  either,   ///< 4.6, and names that tell nothing
  adaptive, ///< from 4.7 on: {"type":"adaptive"}; a budget is an error
};

struct model_traits {
  thinking_style thinking = thinking_style::either;
  bool effort = true;       ///< takes output_config.effort
  bool system_turns = true; ///< takes messages of role system after a user turn
};

/// @param model  as the provider or a reseller names it: "claude-opus-4-8", "anthropic/claude-sonnet-4.5",
///               "us.anthropic.claude-3-5-haiku-20241022-v1:0".
[[nodiscard]] model_traits traits_of(std::string_view model) noexcept;

} // namespace inferenceflow::codecs::anthropic
