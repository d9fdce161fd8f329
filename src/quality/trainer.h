/// From a training set to a router: what predicts best out of fold is fitted again on everything and calibrated.
///
/// Role:      `router train` and the evaluation call it.
/// Lifecycle: one call.
/// Threading: pure; runs on the caller's thread for seconds to minutes.
/// Bounds:    training_options; the learners' own.
///
/// Kinds are tried with a few strengths each; the strength, and which kinds are mixed, are chosen by pairwise_gain() of
/// predictions for rows that were in no part of the fit. The same predictions calibrate the mixture.
#pragma once

#include "base/error.h"
#include "quality/router.h"
#include "quality/training_set.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace inferenceflow::quality {

inline constexpr std::size_t k_rows_min = 50;   ///< fewer tell nothing
inline constexpr std::size_t k_scores_min = 20; ///< of a model; with fewer it is left out

struct training_progress {
  std::size_t done = 0;
  std::size_t of = 0;
  std::string_view what;
};

struct training_options {
  static constexpr std::size_t k_folds_max = 20;
  std::size_t folds = 5;                                  ///< 2 to k_folds_max
  std::uint64_t seed = 1;                                 ///< of folds and forests
  std::string date;                                       ///< written into the facts; the trainer has no clock
  bool vectors = true;                                    ///< use them where all rows have one
  std::size_t trial_trees = 60;                           ///< of a forest that is only tried
  std::size_t trees = 128;                                ///< of a forest that is kept
  std::function<void(const training_progress&)> progress; ///< may be empty
};

/// @returns invalid_request  too few rows, groups or models with enough scores; all scores alike; options out of range.
[[nodiscard]] result<std::shared_ptr<const router>> train(const training_set& from, const training_options& options);

/// Only one kind, with its strengths chosen in the same way; for comparison. @param only  "kNN", "linear", …, as
/// candidates are named.
[[nodiscard]] result<std::shared_ptr<const router>> train_only(const training_set& from,
                                                               const training_options& options, std::string_view only);

/// For each row the fold it is left out of. Rows of one group share theirs; the folds' sizes differ by little.
/// @param groups  0 = alone. @returns [rows], 0 to folds - 1.
[[nodiscard]] std::vector<std::uint32_t> assign_folds(const std::vector<std::uint64_t>& groups, std::size_t folds,
                                                      std::uint64_t seed);

} // namespace inferenceflow::quality
