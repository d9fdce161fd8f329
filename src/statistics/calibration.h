/// How far predicted scores lie from what was observed.
///
/// Role:      trainer and evaluations judge predictions with it.
/// Lifecycle: one call.
/// Threading: pure.
/// Bounds:    O(n log n) time, O(n) memory.
/// Source:    expected calibration error: Naeini, Cooper & Hauskrecht, AAAI 2015; bins of equal number as in Nixon et
/// al.,
///            CVPR Workshops 2019.
#pragma once

#include <cstddef>
#include <span>

namespace inferenceflow::statistics {

/// Mean distance between predicted and observed mean over bins that hold equally many predictions. With n observations
/// of 0 or 1 and perfect predictions it is still about √(bins / n) · 0.3: compare like with like.
/// @param predicted,observed  of equal length. @param bins  at least 1.
/// @returns 0 when there is nothing.
[[nodiscard]] double calibration_error(std::span<const double> predicted, std::span<const double> observed,
                                       std::size_t bins = 15);

} // namespace inferenceflow::statistics
