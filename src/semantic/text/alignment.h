/// Which word of one text stands for which word of the other.
///
/// Role:      basis of compare(): what is left over on either side is what differs.
/// Lifecycle: made per pair of texts; on the stack.
/// Threading: no shared state.
/// Bounds:    text_profile::k_tokens_max words a side; the exact alignment is computed up to k_exact_cells cells,
/// beyond it
///            words are matched to the next like word within k_window.
/// Source:    longest common subsequence by dynamic programming (Wagner, Fischer 1974), weighted: content over grammar
#pragma once

#include "semantic/text/text_profile.h"

#include <array>
#include <cstdint>
#include <span>

namespace inferenceflow::semantic {

struct alignment {
  static constexpr std::size_t k_exact_cells = 64 * 64;
  static constexpr std::size_t k_window = 32;
  static constexpr std::int16_t k_alone = -1;

  using partners = std::array<std::int16_t, text_profile::k_tokens_max>;

  partners of_a = {};                                        ///< for each word of a its partner in b, or k_alone
  partners of_b = {};                                        ///< the other way round
  std::array<bool, text_profile::k_tokens_max> moved_a = {}; ///< the partner stands out of order
  std::uint32_t in_order = 0;                                ///< pairs that keep their order
  std::uint32_t moved = 0;                                   ///< pairs that do not
};

/// Pairs words with the same `canon`, first those that keep their order, then the others.
/// @param a, b  at most text_profile::k_tokens_max words each.
[[nodiscard]] alignment align(std::span<const token> a, std::span<const token> b) noexcept;

} // namespace inferenceflow::semantic
