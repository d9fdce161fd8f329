/// How a wish for reasoning is put to a Claude model.
///
/// Role:      request_write; one place for the rules between effort, budgets and generations of models.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    none.
/// Source:    Claude API docs, "Extended thinking", "Adaptive thinking", "Effort", read 2026-11.
///
/// An effort level alone becomes output_config.effort and turns no thinking on, as it does for Anthropic's own clients;
/// with thoughts wished to be shown, thinking goes with it. Models that know no effort get a budget instead: a share of
/// the answer's tokens. A budget for a model that only thinks adaptively becomes adaptive thinking.
#pragma once

#include "codecs/anthropic/loss_list.h"
#include "codecs/anthropic/model_traits.h"
#include "dialogue/request.h"

#include <cstdint>
#include <string_view>

namespace inferenceflow::codecs::anthropic {

/// max_tokens when the client named none: Anthropic insists on one.
inline constexpr std::int64_t k_tokens_max_default = 4096;
/// Anthropic's least budget.
inline constexpr std::int64_t k_budget_tokens_min = 1024;

struct reasoning_plan {
  std::string_view thinking = {}; ///< "enabled", "disabled", "adaptive"; empty = not said
  std::int64_t budget_tokens = 0; ///< with enabled
  std::string_view effort = {};   ///< empty = not said
  std::int64_t tokens_max = k_tokens_max_default;
};

/// What could not be said is noted in `losses` under "reasoning.…".
[[nodiscard]] reasoning_plan plan_reasoning(const dialogue::request& asked, const model_traits& traits,
                                            loss_list& losses);

} // namespace inferenceflow::codecs::anthropic
