/// All rows of a training set as features, in the form that the learners read.
///
/// Role:      the trainer makes one per training; learners take it with the rows that they may look at.
/// Lifecycle: make() → read.
/// Threading: immutable after make().
/// Bounds:    per row k_dense floats, `dimensions` floats, 2 bytes per hash.
#pragma once

#include "quality/features.h"
#include "quality/training_set.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace inferenceflow::quality {

/// One prompt, as learners' models read it.
struct seen {
  std::span<const std::uint16_t> words;
  std::span<const float> dense;  ///< [k_dense]
  std::span<const float> vector; ///< [dimensions] or empty
};

struct design {
  std::size_t rows = 0;
  std::size_t models = 0;
  std::size_t dimensions = 0;
  std::vector<std::size_t> begins; ///< [rows + 1], into `words`
  std::vector<std::uint16_t> words;
  std::vector<float> dense;   ///< [rows, k_dense]
  std::vector<float> vectors; ///< [rows, dimensions]
  std::vector<float> scores;  ///< [rows, models], NaN where missing
  std::vector<float> weights; ///< [rows]

  [[nodiscard]] seen row(std::size_t at) const noexcept {
    return {.words = std::span{words}.subspan(begins[at], begins[at + 1] - begins[at]),
            .dense = std::span{dense}.subspan(at * k_dense, k_dense),
            .vector = std::span{vectors}.subspan(at * dimensions, dimensions)};
  }
  [[nodiscard]] std::span<const float> scores_of(std::size_t at) const noexcept {
    return std::span{scores}.subspan(at * models, models);
  }

  [[nodiscard]] static design make(const training_set& from);
};

/// What learners fit: per row and model the score less the model's mean, taken apart into what all models share (how
/// hard the prompt is) and each model's own part, which alone decides between them.
struct targets {
  std::vector<float> means;  ///< [models]
  std::vector<float> shared; ///< [rows of the subset]
  std::vector<float> own;    ///< [rows of the subset, models]; 0 where missing
  /// @param subset  rows of `from`; at least one.
  [[nodiscard]] static targets make(const design& from, std::span<const std::uint32_t> subset);
};

} // namespace inferenceflow::quality
