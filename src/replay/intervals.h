/// How far the figures of a replay can be trusted.
///
/// Role:      report computes them once, from each configuration's sums per user or per stretch of time.
/// Lifecycle: pure functions.
/// Threading: reentrant.
/// Bounds:    k_groups_max or k_blocks_max groups, bootstrap_plan::rounds rounds.
/// Source:    statistics/bootstrap.h; docs/replay.md for what the interval does not cover.
#pragma once

#include "replay/simulation.h"
#include "statistics/bootstrap.h"

#include <optional>
#include <string_view>

namespace inferenceflow::replay {

/// With fewer groups no interval is given: it would say more than is known.
inline constexpr std::size_t k_groups_min = 10;

/// What was resampled.
enum class resampled : std::uint8_t { nothing, users, stretches };

/// "users", "stretches of time" or "nothing".
[[nodiscard]] std::string_view to_string(resampled what) noexcept;

struct saving_interval {
  resampled by = resampled::nothing;
  std::size_t groups = 0;
  std::optional<statistics::interval> share = {}; ///< of the direct cost that is saved, [.., 1]
};

/// Of one configuration: users where all requests have one and there are enough, else stretches of time.
[[nodiscard]] saving_interval interval_of(const totals& of, const statistics::bootstrap_plan& plan);

/// Of how much more of the direct cost `second` saves than `first`, the same groups drawn for both.
[[nodiscard]] saving_interval difference_of(const totals& first, const totals& second,
                                            const statistics::bootstrap_plan& plan);

} // namespace inferenceflow::replay
