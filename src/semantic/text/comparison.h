/// The steps of compare(): what is left over, how it relates, who does what to whom.
///
/// Role:      internal to this module; compare.cpp runs the steps in order.
/// Lifecycle: on the stack of one compare().
/// Threading: no shared state.
/// Bounds:    k_alone_max left-over words a side.
/// Source:    difference.h
#pragma once

#include "semantic/text/alignment.h"
#include "semantic/text/difference.h"

#include <array>
#include <span>

namespace inferenceflow::semantic {

/// How a left-over word of one text relates to one of the other.
enum class relation : std::uint8_t { none, variant, opposite, negated, rival };

/// The relation of two words that do not stand for the same thing.
[[nodiscard]] relation relate(const token& x, const token& y) noexcept;

/// Words without a partner.
struct leftovers {
  static constexpr std::size_t k_alone_max = 40;
  static constexpr std::uint16_t k_no_gap = 0xFFFF;

  struct side {
    std::array<std::uint16_t, k_alone_max> at = {}; ///< positions in the text
    std::array<std::uint16_t, k_alone_max> gap =
        {};                                     ///< how many pairs in order stand before it: alike gaps face each other
    std::array<bool, k_alone_max> settled = {}; ///< explained by a relation; not to be counted again
    std::size_t count = 0;
    bool overflow = false; ///< there were more
  };

  side a = {};
  side b = {};
};

struct comparison {
  const text_profile& a;
  const text_profile& b;
  alignment pairs;
  leftovers alone = {};
  std::uint32_t kinds = 0;
  std::uint32_t opposites = 0;     ///< pairs of contraries
  std::uint32_t degrees = 0;       ///< of these, "more" and "less"
  std::uint32_t negated_words = 0; ///< pairs such as able, unable
  std::uint32_t variants = 0;
  std::uint32_t replaced = 0;
  std::uint32_t inserted = 0;
  bool rival_for_rival = false; ///< the same for members of one class
  bool name_for_name = false;   ///< in one place each side has a name of its own
  bool past_or_future = false;  ///< "was" on one side, "will" on the other
  bool formerly = false;        ///< "used to" on one side

  [[nodiscard]] std::span<const token> ta() const noexcept { return a.tokens; }
  [[nodiscard]] std::span<const token> tb() const noexcept { return b.tokens; }
};

void collect_leftovers(comparison& c) noexcept;
/// Relates the left-over words to each other and settles those that explain each other.
void relate_leftovers(comparison& c) noexcept;
void compare_values(comparison& c) noexcept;
void compare_names(comparison& c) noexcept;
void compare_grammar(comparison& c) noexcept;
/// Finds words that exchanged their roles; knows the passive voice, lists and symmetric relations.
void compare_roles(comparison& c) noexcept;
/// Counts places where words were replaced or added, last of all.
void compare_gaps(comparison& c) noexcept;
/// Which of the kinds decide, given how alike the rest is.
[[nodiscard]] std::uint32_t decide(const comparison& c, const likeness& features) noexcept;
/// Fills in the measures that need no further rule.
void measure(const comparison& c, likeness& out) noexcept;

} // namespace inferenceflow::semantic
