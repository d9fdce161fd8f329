/// YAML text to a bounded tree with the place of every node.
///
/// Role:      first step of the loader; hides yaml-cpp.
/// Lifecycle: parse_yaml() → read the tree.
/// Threading: reentrant.
/// Bounds:    k_yaml_depth_max levels, k_yaml_nodes_max nodes where an alias counts as all that it stands for, so that
///            a small file cannot grow into a large tree.
/// Source:    YAML 1.2.2. Not supported: merge keys, custom tags, several documents.
#pragma once

#include "config/problem.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace inferenceflow::config {

inline constexpr std::size_t k_yaml_depth_max = 32;
inline constexpr std::size_t k_yaml_nodes_max = 20'000;

enum class node_kind : std::uint8_t { null, scalar, sequence, mapping };

struct yaml_node {
  node_kind kind = node_kind::null;
  location at;
  std::string text;                                                                                   ///< of a scalar
  std::vector<std::shared_ptr<const yaml_node>> items;                                                ///< of a sequence
  std::vector<std::pair<std::shared_ptr<const yaml_node>, std::shared_ptr<const yaml_node>>> members; ///< of a mapping
  std::size_t weight = 1; ///< nodes in this subtree
  std::size_t height = 1; ///< levels in this subtree
};

/// Never throws. Adds a problem and returns nullptr when the text is not one YAML document within the bounds; an empty
/// document gives a null node.
[[nodiscard]] std::shared_ptr<const yaml_node> parse_yaml(std::string_view text, problem_log& problems);

} // namespace inferenceflow::config
