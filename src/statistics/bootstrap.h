/// How far a figure that was computed from rows can be trusted: percentile intervals by resampling the rows.
///
/// Role:      evaluations and replay print them beside each figure.
/// Lifecycle: one call.
/// Threading: pure; `statistic` is called on the caller's thread.
/// Bounds:    bootstrap_plan::rounds evaluations of the statistic, at most k_rounds_max; 4 bytes per row.
/// Source:    Efron & Tibshirani, "An Introduction to the Bootstrap", 1993, §13.3 (percentile interval).
#pragma once

#include "base/error.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace inferenceflow::statistics {

struct interval {
  double low = 0;
  double high = 0;
};

struct bootstrap_plan {
  static constexpr std::size_t k_rounds_max = 100'000;
  std::size_t rounds = 1000;
  double level = 0.95; ///< share of the rounds that the interval holds, (0, 1)
  std::uint64_t seed = 1;
};

/// A figure of some rows. @param rows  indices, some of them more than once. NaN where it has no value for them.
using statistic = std::function<double(std::span<const std::uint32_t> rows)>;

/// Draws `rows` of the rows with replacement, `plan.rounds` times. Rows that belong together are drawn together where
/// the caller numbers their groups instead of the rows. Rounds without a finite value are left out.
/// @param rows  how many there are, 1 to 2^32 - 1.
/// @returns invalid_request for no rows, a plan out of range, or no round with a value.
[[nodiscard]] result<interval> bootstrap_interval(std::size_t rows, const statistic& value,
                                                  const bootstrap_plan& plan = {});

/// The same for the mean of `values`. @param values  finite.
[[nodiscard]] result<interval> bootstrap_mean(std::span<const double> values, const bootstrap_plan& plan = {});

/// What a share `part` of the values lies below, straight between two of them.
/// @param sorted  rising, not empty. @param part  0 to 1.
[[nodiscard]] double quantile(std::span<const double> sorted, double part);

} // namespace inferenceflow::statistics
