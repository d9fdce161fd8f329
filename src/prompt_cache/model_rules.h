/// What a model's provider takes by way of cache marks.
///
/// Role:      prompt_layout and planner keep to it: a mark that a model does not take is answered with 400.
/// Lifecycle: free function on names.
/// Threading: reentrant.
/// Bounds:    none.
/// Source:    Claude API docs "Prompt caching" (minimum by model, four marks, 20 blocks looked back, longer lives
/// first);
///            Bedrock User Guide "Prompt caching for faster model inference" (models, Nova: 1,000 tokens, no tools);
///            litellm docs "Prompt caching" for the minima of the newest models. Read 2026-11.
#pragma once

#include "dialogue/part.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace inferenceflow::prompt_cache {

struct model_rules {
  bool marks = false;             ///< takes cache marks
  bool tools = true;              ///< also behind tools
  bool hour = false;              ///< for an hour, too
  std::size_t marks_max = 4;      ///< in one request, the client's included
  std::int64_t tokens_min = 1024; ///< a shorter prompt is not kept
  std::uint32_t lookback = 19;    ///< blocks before a mark in which the provider looks for what it has kept
};

/// @param speaks  the backend's protocol; marks exist in anthropic and bedrock only.
/// @param model   the backend's own name for it.
[[nodiscard]] model_rules rules_of(dialogue::protocol speaks, std::string_view model);

} // namespace inferenceflow::prompt_cache
