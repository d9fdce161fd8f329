/// Ridge regression of all models at once, for several strengths of the penalty in one pass over the rows.
///
/// Role:      the trainer's linear learner.
/// Lifecycle: one call.
/// Threading: pure.
/// Bounds:    k_steps_max steps, each twice over the rows; memory (words + counts + dimensions) · outputs floats, four
/// times. Source:    conjugate gradients on the normal equations: Hestenes & Stiefel, 1952; shared and own parts with
/// penalties of
///            their own: Evgeniou & Pontil, "Regularized multi-task learning", KDD 2004.
#pragma once

#include "quality/linear_model.h"

#include <memory>
#include <span>
#include <vector>

namespace inferenceflow::quality {

struct linear_options {
  static constexpr std::size_t k_steps_max = 40;
  bool vectors = false;      ///< read them
  float shared_penalty = 10; ///< on what all models have in common
};

/// @param subset         rows to learn from; at least one.
/// @param own_penalties  on what each model has of its own, one fit for each; above 0.
/// @returns one for each of `own_penalties`.
[[nodiscard]] std::vector<std::unique_ptr<scorer>> fit_linear(const design& from, std::span<const std::uint32_t> subset,
                                                              const targets& wanted, const linear_options& options,
                                                              std::span<const float> own_penalties);

} // namespace inferenceflow::quality
