#include "codecs/anthropic/reasoning_plan.h"

#include "codecs/anthropic/vocabulary.h"

#include <algorithm>

namespace inferenceflow::codecs::anthropic {

using dialogue::effort;

namespace {

/// Thinking that was not asked for in so many words must not make a request invalid: it excludes a forced tool, a
/// temperature of one's own, top_k, and a low top_p.
bool thinking_is_free(const dialogue::request& asked) {
  const bool forced = asked.choice.mode == dialogue::tool_mode::required || //
                      asked.choice.mode == dialogue::tool_mode::named;
  return !forced && asked.sample.temperature.value_or(1.0) >= 1.0 && !asked.sample.top_k &&
         asked.sample.top_p.value_or(1.0) >= 0.95;
}

/// The share of the answer's tokens that a level may think for; 0 when there is no room for the least budget.
std::int64_t budget_for(effort level, std::int64_t tokens_max) {
  const std::int64_t percent = level <= effort::low ? 20 : level == effort::medium ? 50 : 80;
  const std::int64_t budget = std::max(k_budget_tokens_min, tokens_max * percent / 100);
  return budget < tokens_max ? budget : 0;
}

void enable(reasoning_plan& plan, std::int64_t budget) {
  plan.thinking = "enabled";
  plan.budget_tokens = budget;
}

void plan_budget(reasoning_plan& plan, const dialogue::reasoning_wish& wish, thinking_style style, loss_list& losses) {
  const std::int64_t asked = *wish.budget_tokens;
  if (asked == 0) {
    plan.thinking = style == thinking_style::none ? "" : "disabled";
    return;
  }
  if (style == thinking_style::none) {
    losses.drop("reasoning.budget_tokens");
  } else if (asked < 0 && style == thinking_style::budget) {
    losses.drop("reasoning.budget_tokens");
    if (const auto budget = budget_for(wish.level.value_or(effort::medium), plan.tokens_max); budget > 0) {
      enable(plan, budget);
    }
  } else if (asked < 0 || style == thinking_style::adaptive) {
    plan.thinking = "adaptive";
    if (asked > 0) {
      losses.drop("reasoning.budget_tokens");
    }
  } else {
    enable(plan, std::max(asked, k_budget_tokens_min));
    if (asked < k_budget_tokens_min) {
      losses.drop("reasoning.budget_tokens");
    }
  }
}

void plan_level(reasoning_plan& plan, const dialogue::request& asked, const model_traits& traits, loss_list& losses) {
  const effort level = *asked.reasoning.level;
  if (level == effort::none) {
    plan.thinking = traits.thinking == thinking_style::none ? "" : "disabled";
    return;
  }
  const bool shown = asked.reasoning.shown.value_or(false) || !asked.reasoning.summary.empty();
  const bool wants_thinking = !traits.effort || shown;
  if (!wants_thinking || !thinking_is_free(asked) || traits.thinking == thinking_style::none) {
    if (!traits.effort) {
      losses.drop("reasoning.level");
    }
    return;
  }
  if (traits.thinking != thinking_style::budget) {
    plan.thinking = "adaptive";
  } else if (const auto budget = budget_for(level, plan.tokens_max); budget > 0) {
    enable(plan, budget);
  } else if (!traits.effort) {
    losses.drop("reasoning.level");
  }
}

} // namespace

reasoning_plan plan_reasoning(const dialogue::request& asked, const model_traits& traits, loss_list& losses) {
  const dialogue::reasoning_wish& wish = asked.reasoning;
  reasoning_plan plan;
  plan.tokens_max = asked.tokens_max.value_or(k_tokens_max_default);
  if (wish.budget_tokens) {
    plan_budget(plan, wish, traits.thinking, losses);
  } else if (wish.level) {
    plan_level(plan, asked, traits, losses);
  }
  if (!asked.tokens_max && plan.thinking == "enabled") {
    plan.tokens_max += plan.budget_tokens; // max_tokens counts the thinking too
  }
  if (wish.level && *wish.level != effort::none) {
    if (traits.effort) {
      plan.effort = word_of(*wish.level);
      if (*wish.level == effort::minimal) {
        losses.drop("reasoning.level");
      }
    } else if (wish.budget_tokens) {
      losses.drop("reasoning.level");
    }
  }
  if (!wish.summary.empty()) {
    losses.drop("reasoning.summary");
  }
  if (wish.shown.value_or(false) && plan.thinking != "enabled" && plan.thinking != "adaptive") {
    losses.drop("reasoning.shown");
  }
  return plan;
}

} // namespace inferenceflow::codecs::anthropic
