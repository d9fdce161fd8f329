/// How two turns differ in words, as numbers for the belief.
///
/// Role:      semantic_cache compares a question with each candidate's text.
/// Lifecycle: plain values and pure functions.
/// Threading: reentrant.
/// Bounds:    those of semantic/text.
#pragma once

#include "semantic/text/difference.h"

#include <array>
#include <cstddef>

namespace inferenceflow::semantic {

enum wording_index : std::size_t {
  w_content,    ///< Jaccard index of content words
  w_trigrams,   ///< Jaccard index of letter trigrams
  w_in_order,   ///< longest common subsequence
  w_only_asked, ///< content words that only the question has
  w_only_kept,  ///< content words that only the entry has
  w_replaced,   ///< places with another word
  w_rarest,     ///< how rare the rarest left-over word is
  w_values,     ///< numbers, units, dates
  w_names,      ///< names, code, language
  w_sense,      ///< negation, opposites, order
  w_manner,     ///< tense, modality, quantity, person
  w_question,   ///< another question word
  w_identical,  ///< the same words
};
inline constexpr std::size_t k_wording = w_identical + 1;

struct wording {
  std::array<double, k_wording> features{};
};

[[nodiscard]] wording wording_of(const difference& between);

/// Prior means of the belief's weights for these features.
[[nodiscard]] std::array<double, k_wording> prior_of_wording();

} // namespace inferenceflow::semantic
