#include "quality/forest_model.h"

#include "quality/file_parts.h"

#include <algorithm>
#include <array>

namespace inferenceflow::quality {

void reduce(std::span<const float> vector, std::span<const float> centre, std::span<const float> axes,
            float* into) noexcept {
  for (std::size_t axis = 0; axis < k_reduced; ++axis) {
    const float* along = axes.data() + axis * vector.size();
    float sum = 0;
    for (std::size_t i = 0; i < vector.size(); ++i) {
      sum += (vector[i] - centre[i]) * along[i];
    }
    into[axis] = sum;
  }
}

bool forest_model::score(const seen& asked, std::span<float> out) const {
  std::array<float, k_dense + k_reduced> columns{};
  std::copy(asked.dense.begin(), asked.dense.end(), columns.begin());
  if (parts_.dimensions > 0 && asked.vector.size() == parts_.dimensions) {
    reduce(asked.vector, parts_.centre, parts_.axes, columns.data() + k_dense);
  }
  const std::size_t models = parts_.models;
  std::fill_n(out.begin(), models, 0.0F);
  for (const std::uint32_t root : parts_.roots) {
    const forest_node* node = &parts_.nodes[root];
    while (node->column != k_leaf) {
      node = &parts_.nodes[node->next + (columns[node->column] < node->threshold ? 0U : 1U)];
    }
    const float* leaf = parts_.leaves.data() + std::size_t{node->next} * models;
    for (std::size_t m = 0; m < models; ++m) {
      out[m] += leaf[m];
    }
  }
  const float share = 1 / static_cast<float>(parts_.roots.size());
  for (std::size_t m = 0; m < models; ++m) {
    out[m] *= share;
  }
  return true;
}

void forest_model::write(vectors::index_writer& into) const {
  into.number<std::uint32_t>(parts_.dimensions);
  put(into, parts_.centre);
  put(into, parts_.axes);
  put(into, parts_.roots);
  put(into, parts_.nodes);
  put(into, parts_.leaves);
}

std::unique_ptr<scorer> forest_model::read(vectors::index_reader& from, std::size_t models) {
  forest_parts parts;
  parts.models = static_cast<std::uint32_t>(models);
  if (!from.number(parts.dimensions) || parts.dimensions > k_dimensions_max || !get(from, parts.centre) ||
      !get(from, parts.axes) || !get(from, parts.roots) || !get(from, parts.nodes) || !get(from, parts.leaves)) {
    return nullptr;
  }
  const std::size_t leaves = parts.leaves.size() / models;
  const std::size_t columns = k_dense + (parts.dimensions > 0 ? k_reduced : 0);
  bool fine = parts.centre.size() == parts.dimensions && parts.axes.size() == parts.dimensions * k_reduced &&
              !parts.roots.empty() && parts.roots.size() <= k_trees_max && parts.nodes.size() <= k_nodes_max &&
              parts.leaves.size() % models == 0 && all_finite(parts.centre) && all_finite(parts.axes) &&
              all_finite(parts.leaves);
  for (const std::uint32_t root : parts.roots) {
    fine = fine && root < parts.nodes.size();
  }
  for (std::size_t at = 0; fine && at < parts.nodes.size(); ++at) {
    const forest_node& node = parts.nodes[at];
    // Ways lead forward only, so that every walk ends.
    fine = node.column == k_leaf
               ? node.next < leaves
               : node.column < columns && node.next > at && node.next + std::size_t{1} < parts.nodes.size();
  }
  return fine ? std::make_unique<forest_model>(std::move(parts)) : nullptr;
}

} // namespace inferenceflow::quality
