/// What predictions are worth for choosing, before anybody says what a model costs.
///
/// Role:      the trainer chooses by it; `router train` prints it.
/// Lifecycle: free functions.
/// Threading: pure.
/// Bounds:    O(models² · rows · log rows).
/// Source:    for a pair it is the area between the curve of quality against share of the stronger model and random
/// routing,
///            the numerator of APGR - 1/2 (Ong et al., "RouteLLM", arXiv 2406.18665, §2.2).
#pragma once

#include <cstddef>
#include <span>

namespace inferenceflow::quality {

struct gain {
  double mean = 0;
  double error = 0; ///< standard error of the mean over rows
};

/// Mean over all pairs of models of that area, where the rows are ordered by the predicted difference; equal
/// predictions share their rank. 0 for a predictor that looks at no prompt.
/// @param predicted  [rows, models]. @param scores  [rows, models], NaN where missing.
[[nodiscard]] gain pairwise_gain(std::span<const float> predicted, std::span<const float> scores, std::size_t models);

/// Mean squared distance over what is not missing.
[[nodiscard]] double squared_error(std::span<const float> predicted, std::span<const float> scores);

/// Mean score when each row goes to the model that looks best among those that were observed.
[[nodiscard]] double best_quality(std::span<const float> predicted, std::span<const float> scores, std::size_t models);

} // namespace inferenceflow::quality
