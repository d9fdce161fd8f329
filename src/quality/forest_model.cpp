#include "quality/forest_model.h"

#include "quality/file_parts.h"

#include <algorithm>
#include <array>
#include <limits>

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

forest_model::forest_model(forest_parts parts)
    : parts_(std::move(parts))
    , walk_(parts_.nodes) {
  std::vector<std::uint32_t> below(walk_.size(), 0);
  for (std::size_t at = walk_.size(); at-- > 0;) {
    forest_node& node = walk_[at];
    if (node.column == k_leaf) {
      node = {.threshold = std::numeric_limits<float>::infinity(), .next = static_cast<std::uint32_t>(at), .column = 0};
    } else {
      below[at] = 1 + std::max(below[node.next], below[node.next + 1]);
    }
  }
  for (std::size_t tree = 0; tree < parts_.roots.size(); ++tree) {
    if (tree % k_abreast == 0) {
      depth_.push_back(0);
    }
    depth_.back() = std::max(depth_.back(), below[parts_.roots[tree]]);
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
  for (std::size_t first = 0; first < parts_.roots.size(); first += k_abreast) {
    const std::size_t trees = std::min(k_abreast, parts_.roots.size() - first);
    std::array<std::uint32_t, k_abreast> at{};
    std::copy_n(parts_.roots.begin() + static_cast<std::ptrdiff_t>(first), trees, at.begin());
    for (std::uint32_t step = 0; step < depth_[first / k_abreast]; ++step) {
      for (std::uint32_t& place : at) {
        const forest_node& node = walk_[place];
        place = node.next + (columns[node.column] < node.threshold ? 0U : 1U);
      }
    }
    for (std::size_t tree = 0; tree < trees; ++tree) {
      const float* leaf = parts_.leaves.data() + std::size_t{parts_.nodes[at[tree]].next} * models;
      for (std::size_t m = 0; m < models; ++m) {
        out[m] += leaf[m];
      }
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
              parts.leaves.size() % models == 0 && all_trained(parts.centre) && all_trained(parts.axes) &&
              all_trained(parts.leaves);
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
