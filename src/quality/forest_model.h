/// Many trees over counts, marks and the vector reduced to k_reduced numbers; each leaf holds the mean of its rows per
/// model.
///
/// Role:      scorer for what is not a sum of parts: formats, topics and their meeting.
/// Lifecycle: fit_forest() or read() → score()*.
/// Threading: immutable.
/// Bounds:    k_trees_max trees, k_nodes_max nodes in all, k_depth_max steps a tree.
#pragma once

#include "quality/scorer.h"

#include <memory>
#include <vector>

namespace inferenceflow::quality {

inline constexpr std::size_t k_reduced = 32;

struct forest_node {
  float threshold = 0;      ///< below it to `next`, else to `next` + 1
  std::uint32_t next = 0;   ///< node; of a leaf its row of `leaves`
  std::uint16_t column = 0; ///< k_leaf, or a count (below k_dense), or a reduced component
  std::uint16_t unused = 0;
};
static_assert(sizeof(forest_node) == 12);

struct forest_parts {
  std::uint32_t models = 0;
  std::uint32_t dimensions = 0;     ///< of vectors; 0 = reads none
  std::vector<float> centre;        ///< [dimensions]
  std::vector<float> axes;          ///< [k_reduced, dimensions]
  std::vector<std::uint32_t> roots; ///< node of each tree
  std::vector<forest_node> nodes;
  std::vector<float> leaves; ///< [leaves, models]
};

class forest_model final : public scorer {
public:
  static constexpr std::uint16_t k_leaf = 0xFFFF;
  static constexpr std::size_t k_trees_max = 1024;
  static constexpr std::size_t k_nodes_max = std::size_t{1} << 22U;

  explicit forest_model(forest_parts parts);
  [[nodiscard]] family kind() const noexcept override { return family::forest; }
  [[nodiscard]] bool reads_vector() const noexcept override { return parts_.dimensions > 0; }
  [[nodiscard]] bool score(const seen& asked, std::span<float> out) const override;
  void write(vectors::index_writer& into) const override;
  [[nodiscard]] static std::unique_ptr<scorer> read(vectors::index_reader& from, std::size_t models);

private:
  /// Trees walked side by side, so that one's next node is on its way while the others are compared.
  static constexpr std::size_t k_abreast = 8;

  forest_parts parts_;
  std::vector<forest_node> walk_;    ///< parts_.nodes, with leaves that lead to themselves
  std::vector<std::uint32_t> depth_; ///< steps that the deepest of k_abreast trees takes
};

/// [k_reduced] components of `vector` along `axes` around `centre`.
void reduce(std::span<const float> vector, std::span<const float> centre, std::span<const float> axes,
            float* into) noexcept;

} // namespace inferenceflow::quality
