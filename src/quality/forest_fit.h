/// Grows extremely randomised trees whose leaves predict all models together.
///
/// Role:      the trainer's forest learner.
/// Lifecycle: one call.
/// Threading: pure; the seed decides everything.
/// Bounds:    trees · rows / leaf_min leaves; O(trees · rows · columns tried · depth · models) time.
/// Source:    Geurts, Ernst & Wehenkel, "Extremely randomized trees", Machine Learning 63 (2006); principal axes by
///            orthogonal iteration (Golub & Van Loan, "Matrix Computations", §8.2).
#pragma once

#include "quality/forest_model.h"

#include <cstdint>
#include <memory>
#include <span>

namespace inferenceflow::quality {

struct forest_options {
  static constexpr std::size_t k_leaves_max = 512; ///< of one tree; leaf_min rises where rows are many
  std::size_t trees = 150;
  std::size_t leaf_min = 10;  ///< rows of a leaf
  double columns_share = 0.5; ///< of all columns, tried at each node
  /// How much what all models share counts for where to split, beside what is each one's own.
  float shared_part = 0.5F;
  bool vectors = false;
  std::uint64_t seed = 1;
};

/// @param subset  rows to learn from; at least one.
[[nodiscard]] std::unique_ptr<scorer> fit_forest(const design& from, std::span<const std::uint32_t> subset,
                                                 const targets& wanted, const forest_options& options);

/// The k_reduced directions in which the subset's vectors vary most. @param centre,axes  overwritten, as in
/// forest_parts.
void principal_axes(const design& from, std::span<const std::uint32_t> subset, std::uint64_t seed,
                    std::vector<float>& centre, std::vector<float>& axes);

} // namespace inferenceflow::quality
