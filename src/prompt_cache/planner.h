/// Chooses behind which blocks of a prompt the provider is asked to keep it, and for how long.
///
/// Role:      advisor asks it per request, the evaluation asks it per request of a trace.
/// Lifecycle: pure function.
/// Threading: reentrant.
/// Bounds:    marks_max marks; time in proportion to boundaries × marks.
/// Source:    docs/prompt_caches.md: write a block when more than (w−1)/(1−r) reuses are expected.
#pragma once

#include "prompt_cache/boundary.h"
#include "prompt_cache/model_rules.h"
#include "prompt_cache/reuse_tracker.h"
#include "prompt_cache/tariff.h"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace inferenceflow::prompt_cache {

struct mark {
  std::size_t at = 0; ///< index of the boundary
  dialogue::cache_life life = dialogue::cache_life::minutes_5;
  friend bool operator==(const mark&, const mark&) = default;
};

struct plan {
  std::vector<mark> marks = {}; ///< front to back, longer lives first
  /// The deepest boundary that the provider is believed to hold: up to here it reads, behind it it writes.
  std::optional<std::size_t> hit = {};
};

/// @param prompt    in order.
/// @param expected  one per boundary.
/// The client's own marks count against the maximum; nothing is placed before the last of them, so that its order of
/// lives stays as it is.
[[nodiscard]] plan make_plan(std::span<const boundary> prompt, std::span<const reuse> expected,
                             const model_rules& rules, const tariff& prices);

} // namespace inferenceflow::prompt_cache
