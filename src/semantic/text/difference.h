/// What makes two texts ask for different things although they look alike.
///
/// Role:      the semantic cache's veto: a vector model finds "before 6 pm" near "after 6 pm", this does not.
/// Lifecycle: pure functions of two profiles; nothing is allocated.
/// Threading: no shared state.
/// Bounds:    time: see alignment.h; at most k_alone_max left-over words a side are related to each other.
/// Source:    own rules of English; other languages get fewer rules and stricter ones
#pragma once

#include "semantic/text/text_profile.h"

#include <cstdint>
#include <string_view>

namespace inferenceflow::semantic {

/// Kinds of difference, one bit each.
namespace differs {

inline constexpr std::uint32_t k_numbers = 1U << 0;       ///< each has a value that the other lacks
inline constexpr std::uint32_t k_number_added = 1U << 1;  ///< one has a value, the other none in its place
inline constexpr std::uint32_t k_units = 1U << 2;         ///< kg or lb, USD or EUR, hours or days
inline constexpr std::uint32_t k_dates = 1U << 3;         ///< years, months, weekdays, parts of the day
inline constexpr std::uint32_t k_names = 1U << 4;         ///< each names somebody or something that the other does not
inline constexpr std::uint32_t k_name_added = 1U << 5;    ///< one names something more
inline constexpr std::uint32_t k_negation = 1U << 6;      ///< not, never, without, un-, -less
inline constexpr std::uint32_t k_opposites = 1U << 7;     ///< before and after, buy and sell
inline constexpr std::uint32_t k_contrast = 1U << 8;      ///< two members of one class: cat and dog, nurse and pilot
inline constexpr std::uint32_t k_order = 1U << 9;         ///< the same words in exchanged roles
inline constexpr std::uint32_t k_tense = 1U << 10;        ///< used to be, becoming, was or is
inline constexpr std::uint32_t k_modality = 1U << 11;     ///< can, should, must
inline constexpr std::uint32_t k_question = 1U << 12;     ///< who, when, where, how many
inline constexpr std::uint32_t k_quantity = 1U << 13;     ///< all or some, at least or at most, and or or
inline constexpr std::uint32_t k_modifier = 1U << 14;     ///< a word more that may narrow the question
inline constexpr std::uint32_t k_substitution = 1U << 15; ///< another word in the same place, no known synonym
inline constexpr std::uint32_t k_code = 1U << 16;         ///< code, identifiers, paths, URLs, addresses
inline constexpr std::uint32_t k_language = 1U << 17;     ///< another script or language
inline constexpr std::uint32_t k_person = 1U << 18;       ///< he or she, my or your, whose
inline constexpr std::uint32_t k_unread = 1U << 19;       ///< beyond what a profile keeps, or too much to look at
inline constexpr std::uint32_t k_foreign = 1U << 20; ///< not English, and not the same words: the rules know too little

} // namespace differs

/// Measures of likeness. Shares are in 0 … 1, 1 = alike; counts are capped at 255.
struct likeness {
  float tokens = 1;          ///< Jaccard index of words, synonyms as one
  float content = 1;         ///< the same without grammar words
  float trigrams = 1;        ///< Jaccard index of letter trigrams, estimated from the sketches
  float in_order = 1;        ///< longest common subsequence over the longer text's words
  float a_in_b = 1;          ///< content words of a that b has
  float b_in_a = 1;          ///< content words of b that a has
  float length = 1;          ///< shorter over longer, in words
  float rarest_alone = 0;    ///< how rare the rarest left-over content word looks, 0 … 1
  std::uint8_t alone_a = 0;  ///< content words of a without a partner
  std::uint8_t alone_b = 0;  ///< content words of b without a partner
  std::uint8_t replaced = 0; ///< places where both have another content word
  std::uint8_t inserted = 0; ///< places where one has content and the other none
  std::uint8_t moved = 0;    ///< words out of order
  std::uint8_t related = 0;  ///< left-over words that are spellings or derivations of each other
  std::uint8_t words_a = 0;  ///< words of a, at most 255
  std::uint8_t words_b = 0;  ///< words of b, at most 255
  bool same_question = true; ///< the same question word, or none in both
  bool same_first = true;    ///< the same first content word
  bool same_last = true;     ///< the same last content word
  bool identical = false;    ///< the same words; case, dots and fillers may differ
};

struct difference {
  std::uint32_t kinds = 0; ///< differs::…, whatever was seen: evidence for a model
  /// Those of `kinds` that decide: the texts are otherwise so alike that this one changes the answer.
  std::uint32_t vetoes = 0;
  likeness features = {};

  /// True when an answer to one of the texts must not serve the other.
  [[nodiscard]] bool vetoed() const noexcept { return vetoes != 0; }
  [[nodiscard]] bool any(std::uint32_t wanted) const noexcept { return (kinds & wanted) != 0; }
};

/// Compares what two texts ask. Symmetric, but for the features named after a side. Never fails.
[[nodiscard]] difference compare(const text_profile& a, const text_profile& b) noexcept;

/// Name of the lowest kind in `kinds`, for logs and metrics: "numbers", …; "none" for 0.
[[nodiscard]] std::string_view kind_name(std::uint32_t kinds) noexcept;

} // namespace inferenceflow::semantic
