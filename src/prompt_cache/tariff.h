/// What keeping and reading a prompt costs, in multiples of what reading it afresh costs.
///
/// Role:      planner weighs with it.
/// Lifecycle: plain value, from one price tier.
/// Threading: value.
/// Bounds:    factors ≥ 0.
/// Source:    the rule, derived in docs/prompt_caches.md; prices from cost/.
#pragma once

#include "cost/model_price.h"

#include <optional>

namespace inferenceflow::prompt_cache {

struct tariff {
  double write_minutes = 1.25; ///< w: written for five minutes
  double write_hour = 2;       ///< w: written for an hour
  double read = 0.1;           ///< r

  /// Expected reuses beyond which writing for `write` pays: (w−1)/(1−r). Infinite when reading saves nothing.
  [[nodiscard]] double break_even(double write) const noexcept;
};

/// Nothing when the prompt is free or reading it from the cache saves nothing: then there is nothing to decide.
[[nodiscard]] std::optional<tariff> tariff_of(const cost::price_tier& prices) noexcept;

/// What reading from the cache saved, and what writing to it cost on top of reading afresh.
struct balance {
  money saved = {};
  money spent = {};
};
[[nodiscard]] balance balance_of(const cost::token_usage& usage, const cost::price_tier& prices) noexcept;

} // namespace inferenceflow::prompt_cache
