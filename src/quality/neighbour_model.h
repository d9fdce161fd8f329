/// What models did on the prompts most like this one, the nearer the more it counts.
///
/// Role:      scorer that knows where it has data, and says so where it has none.
/// Lifecycle: fit_neighbours() or read() → score()*.
/// Threading: immutable.
/// Bounds:    k_kept_max rows, each compared for each score: 20,000 of 384 components take about a millisecond.
/// Source:    distance-weighted kNN: Dudani, IEEE Trans. SMC 6 (1976), with exponential weights.
#pragma once

#include "quality/scorer.h"
#include "vectors/row_format.h"

#include <memory>
#include <vector>

namespace inferenceflow::quality {

struct neighbour_options {
  std::size_t neighbours = 100;
  float sharpness = 10;    ///< a neighbour weighs exp(sharpness · cosine)
  double left_out = 0.005; ///< share of its own rows that would count as too far from the others
};

struct neighbour_parts {
  std::uint32_t models = 0;
  std::uint32_t dimensions = 0;
  std::uint32_t neighbours = 0;
  float sharpness = 0;
  float reach = 0;             ///< least cosine of the nearest row
  std::vector<std::byte> rows; ///< [kept, row_bytes]
  std::vector<float> above;    ///< [kept, models]: score less the mean; 0 where missing
  std::vector<float> means;    ///< [models]
};

class neighbour_model final : public scorer {
public:
  static constexpr std::size_t k_kept_max = 20'000;

  explicit neighbour_model(neighbour_parts parts)
      : parts_(std::move(parts))
      , format_(parts_.dimensions) {}
  [[nodiscard]] family kind() const noexcept override { return family::neighbours; }
  [[nodiscard]] bool reads_vector() const noexcept override { return true; }
  [[nodiscard]] bool score(const seen& asked, std::span<float> out) const override;
  void write(vectors::index_writer& into) const override;
  [[nodiscard]] static std::unique_ptr<scorer> read(vectors::index_reader& from, std::size_t models);

private:
  neighbour_parts parts_;
  vectors::row_format format_;
};

/// Rows beyond k_kept_max are left out evenly. @param subset  rows with vectors; at least one.
[[nodiscard]] std::unique_ptr<scorer> fit_neighbours(const design& from, std::span<const std::uint32_t> subset,
                                                     const targets& wanted, const neighbour_options& options);

} // namespace inferenceflow::quality
