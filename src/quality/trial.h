/// One kind of scorer with one choice of strengths, tried out of fold.
///
/// Role:      the trainer's own.
/// Lifecycle: all_kinds() → predict_out_of_fold() → settle() per kind → fit_again().
/// Threading: pure.
/// Bounds:    a dozen and a half of variants.
#pragma once

#include "quality/design.h"
#include "quality/gain.h"
#include "quality/scorer.h"
#include "quality/trainer.h"

#include <memory>
#include <string_view>
#include <vector>

namespace inferenceflow::quality {

/// A kind and the strengths to be tried.
struct trial_kind {
  family what = family::mean;
  bool vectors = false;
  std::string_view name;
  std::vector<float> strengths = {};              ///< linear: penalty; forest: rows of a leaf; kNN: neighbours
  std::vector<std::vector<float>> predicted = {}; ///< for each strength [rows, models], out of fold
  std::size_t best = 0;                           ///< of the strengths
  gain won = {};                                  ///< of the best

  [[nodiscard]] const std::vector<float>& out_of_fold() const { return predicted[best]; }
};

/// @param vectors  whether the rows have some. The mean comes first.
[[nodiscard]] std::vector<trial_kind> all_kinds(bool vectors);

/// One for each of the kind's strengths.
[[nodiscard]] std::vector<std::unique_ptr<scorer>> fit_kind(const design& from, std::span<const std::uint32_t> subset,
                                                            const trial_kind& kind, std::span<const float> strengths,
                                                            std::size_t trees, std::uint64_t seed);

/// Fills `predicted`, `best` and `won` of every kind.
/// @param folds  [rows].
void try_out_of_fold(const design& from, const std::vector<std::uint32_t>& folds, const training_options& options,
                     std::vector<trial_kind>& kinds);

} // namespace inferenceflow::quality
