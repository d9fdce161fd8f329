/// What speaks for and against a near entry's answer, as numbers for the belief.
///
/// Role:      verifier turns the nearest entries into candidates, one per distinct answer.
/// Lifecycle: plain values and pure functions.
/// Threading: reentrant.
/// Bounds:    k_neighbours_max neighbours in, k_candidates_max candidates out.
/// Source:    own choice of features; the prior's figures are round numbers, not fitted to any set.
#pragma once

#include "semantic/wording.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace inferenceflow::semantic {

inline constexpr std::size_t k_neighbours_max = 12;
inline constexpr std::size_t k_candidates_max = 3;

/// How often an entry's answer, or any entry that shares it, proved right or wrong for what was asked near it.
struct record {
  float right = 0;
  float wrong = 0;
};

/// One near entry.
struct neighbour {
  std::uint64_t entry = 0;
  std::uint64_t answer = 0; ///< entries whose answers were found to say the same share it
  float similarity = 0;     ///< cosine
  record own = {};
  record answers = {}; ///< of `answer`
};

enum evidence_index : std::size_t {
  e_bias,
  e_similarity,
  e_nearly_same,
  e_margin,
  e_share,
  e_phrasings,
  e_around,
  e_answer_record,
  e_around_count,
  e_wording, ///< first of k_wording features
};
inline constexpr std::size_t k_evidence = std::size_t{e_wording} + k_wording;
using evidence = std::array<double, k_evidence>;

/// What is believed before anything was seen: near and worded alike is likely right, differing in numbers, names or
/// negation is likely wrong.
[[nodiscard]] evidence prior_mean();
[[nodiscard]] evidence prior_variance();

/// One answer that might serve.
struct candidate {
  std::uint64_t entry = 0; ///< its nearest phrasing
  std::uint64_t answer = 0;
  float similarity = 0;
  evidence seen{};
};

/// Candidates among the neighbours, nearest first; wording features are left zero.
/// @param near  nearest first.
[[nodiscard]] std::vector<candidate> candidates_of(std::span<const neighbour> near);

/// Adds what the words say.
void add_wording(candidate& to, const wording& words);

} // namespace inferenceflow::semantic
