/// Weights per word, pair of words, count and vector component, one column per model.
///
/// Role:      fast scorer of a text; with a vector where it was trained with one.
/// Lifecycle: fit_linear() or read_linear() → score()*.
/// Threading: immutable.
/// Bounds:    k_hash_slots words; a score reads one short row for each word it knows.
#pragma once

#include "quality/scorer.h"

#include <array>
#include <memory>
#include <vector>

namespace inferenceflow::quality {

/// How counts are brought to one scale: (x - mean) · scale, cut to ±k_spread_max.
struct dense_scale {
  static constexpr float k_spread_max = 4;
  std::vector<float> mean;  ///< [k_dense]
  std::vector<float> scale; ///< [k_dense]; 0 where the training data has one value only
  [[nodiscard]] static dense_scale make(const design& from, std::span<const std::uint32_t> subset);
  [[nodiscard]] float at(std::size_t place, float value) const noexcept;
};

/// Beside a text's words, whose squares sum to 1, counts weigh this much.
inline constexpr float k_dense_part = 0.1F;

struct linear_parts {
  std::uint32_t models = 0;
  std::uint32_t dimensions = 0; ///< of vectors; 0 = reads none
  dense_scale scaled;
  std::vector<std::uint16_t> slots; ///< [k_hash_slots], row of `weights` less one; 0 = without weight
  std::vector<float> weights;       ///< [words, models]
  std::vector<float> dense_weights; ///< [k_dense + dimensions, models]
  std::vector<float> intercepts;    ///< [models]
};

class linear_model final : public scorer {
public:
  explicit linear_model(linear_parts parts);
  [[nodiscard]] family kind() const noexcept override { return family::linear; }
  [[nodiscard]] bool reads_vector() const noexcept override { return parts_.dimensions > 0; }
  [[nodiscard]] bool score(const seen& asked, std::span<float> out) const override;
  void write(vectors::index_writer& into) const override;
  /// @returns null when what stands there is no such model of so many models.
  [[nodiscard]] static std::unique_ptr<scorer> read(vectors::index_reader& from, std::size_t models);

private:
  /// Models summed at a time, in registers; rows are that wide, so that none begins on one cache line and ends on
  /// another.
  static constexpr std::size_t k_lanes = 8;

  linear_parts parts_;
  std::size_t blocks_;       ///< of k_lanes models
  std::vector<float> lanes_; ///< parts_.weights, [words, blocks_, k_lanes]
};

} // namespace inferenceflow::quality
