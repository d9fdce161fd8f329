/// Which sequences of the cache hold which beginnings of prompts: a radix tree over blocks of tokens.
///
/// Role:      scheduler keeps its books of shared cells in it; sans-IO.
/// Lifecycle: hold()* → longest(), release() in any order.
/// Threading: one thread.
/// Bounds:    one path per sequence, k_sequences_max sequences; every node has one block of tokens or more, so the
/// nodes
///            are at most the cells of the cache over k_prefix_block.
/// Source:    the idea of RadixAttention (arXiv 2312.07104), with whole blocks and sequence ids instead of pages.
///
/// A node stands for cells that lie in the cache once, whoever holds them. Who holds a node holds all above it. Scopes
/// share nothing: the same tokens in two scopes are two nodes, and lie in the cache twice.
#pragma once

#include "engine/request.h"

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace inferenceflow::engine {

using sequence_id = std::int32_t;
inline constexpr sequence_id k_no_sequence = -1;
inline constexpr std::size_t k_sequences_max = 256; ///< llama.cpp's own bound
inline constexpr std::uint32_t k_prefix_block = 16; ///< tokens; what is shared is a multiple of it

using sequence_set = std::bitset<k_sequences_max>;

/// The tokens of `count` that whole blocks hold.
[[nodiscard]] constexpr std::uint32_t whole_blocks(std::size_t count) {
  return static_cast<std::uint32_t>(count) / k_prefix_block * k_prefix_block;
}

class prefix_tree {
public:
  struct match {
    std::uint32_t tokens = 0; ///< the longest beginning that somebody holds, in whole blocks
    sequence_set holders;     ///< all that hold it; none when tokens is 0
  };
  [[nodiscard]] match longest(std::string_view scope, std::span<const token_id> tokens) const;

  /// `holder` holds the whole blocks of `tokens`; cells of blocks that were in the tree already are shared by now.
  /// @pre holder < k_sequences_max; it holds nothing yet, or a beginning of `tokens` in the same scope.
  void hold(std::string_view scope, std::span<const token_id> tokens, sequence_id holder);

  /// It holds nothing any more. Unknown holders are ignored.
  void release(sequence_id holder);

  /// The positions that nobody else holds: they would have to be computed again without it. Empty for unknown holders.
  [[nodiscard]] std::pair<std::uint32_t, std::uint32_t> held_alone(sequence_id holder) const;

  [[nodiscard]] std::uint32_t cells() const { return cells_; }
  /// Of these, what would be free if all of `holders` released.
  [[nodiscard]] std::uint32_t cells_of(const sequence_set& holders) const;

private:
  struct node {
    std::vector<token_id> tokens;
    sequence_set holders;
    std::vector<std::unique_ptr<node>> children;
  };
  using root_map = std::map<std::string, node, std::less<>>;

  [[nodiscard]] static node* child_of(const node& parent, std::span<const token_id> tokens);
  [[nodiscard]] static node* child_of(const node& parent, sequence_id holder);
  [[nodiscard]] static std::uint32_t common(const node& edge, std::span<const token_id> tokens);
  static void split(node& edge, std::uint32_t at);
  [[nodiscard]] static std::uint32_t tokens_under(const node& top);
  [[nodiscard]] static std::uint32_t cells_under(const node& top, const sequence_set& holders);

  root_map roots_; ///< by scope; a root has no tokens
  std::map<sequence_id, root_map::iterator> scopes_;
  std::uint32_t cells_ = 0;
};

} // namespace inferenceflow::engine
