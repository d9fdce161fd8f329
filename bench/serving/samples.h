/// Medians, quartiles and percentiles of a few measured values.
///
/// Role:      every measurement of bench_engine.
/// Lifecycle: free functions.
/// Threading: pure.
/// Bounds:    none.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace inferenceflow::bench {

/// The value below which `share` of the others lie, between the two nearest that were measured; 0 of none.
/// @param share  [0, 1]
[[nodiscard]] inline double percentile(std::vector<double> values, double share) {
  if (values.empty()) {
    return 0;
  }
  std::sort(values.begin(), values.end());
  const double place = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const auto above = std::min(below + 1, values.size() - 1);
  return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
}

/// The middle of what several rounds gave, and how far they lie apart.
struct spread {
  double median = 0;
  double lower = 0; ///< quartiles
  double upper = 0;
};

[[nodiscard]] inline spread spread_of(const std::vector<double>& values) {
  return {percentile(values, 0.5), percentile(values, 0.25), percentile(values, 0.75)};
}

} // namespace inferenceflow::bench
