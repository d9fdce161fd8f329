#include "engine/token_budget.h"

#include <algorithm>

namespace inferenceflow::engine {
namespace {

constexpr double k_newest_step = 0.01; // weight of the newest step in the share of late ones

} // namespace

token_budget::token_budget(const token_budget_settings& settings)
    : settings_(settings) {
  settings_.tokens_min = std::max(settings_.tokens_min, 1U);
  settings_.tokens_max = std::max(settings_.tokens_max, settings_.tokens_min);
  tokens_ = std::clamp(settings_.tokens_start, settings_.tokens_min, settings_.tokens_max);
}

void token_budget::start_window() {
  steps_ = 0;
  late_ = 0;
  held_back_ = 0;
}

void token_budget::observe(std::chrono::nanoseconds took, std::uint32_t prompt_tokens, bool prompts_waited) {
  if (prompt_tokens == 0) {
    return;
  }
  const bool late = took > settings_.gap_target;
  ++steps_;
  late_ += late ? 1U : 0U;
  late_share_ += k_newest_step * ((late ? 1.0 : 0.0) - late_share_);
  held_back_ += prompts_waited ? 1U : 0U;
  if (late_ > k_late_max) {
    tokens_ = std::max(static_cast<std::uint32_t>(tokens_ * k_decrease), settings_.tokens_min);
    start_window();
  } else if (steps_ == k_window_steps) {
    if (2 * held_back_ >= k_window_steps && late_share_ < k_late_share_max) {
      tokens_ = std::min(tokens_ + k_increase_tokens, settings_.tokens_max);
    }
    start_window();
  }
}

} // namespace inferenceflow::engine
