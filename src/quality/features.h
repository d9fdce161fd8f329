/// What a prompt looks like, as numbers: counts and marks, and its words and pairs of words as hashes.
///
/// Role:      trainer and predictors read every prompt through extract(); complexity() is shown to people.
/// Lifecycle: plain value, to be used again for the next prompt.
/// Threading: pure.
/// Bounds:    k_scan_bytes_max of a text, k_hashed_max distinct hashes; 2 KB and 8 KB of stack; no allocation.
/// Source:    feature hashing: Weinberger et al., ICML 2009.
#pragma once

#include "quality/prompt.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace inferenceflow::quality {

inline constexpr std::size_t k_hash_bits = 16;
inline constexpr std::size_t k_hash_slots = std::size_t{1} << k_hash_bits;
inline constexpr std::size_t k_hashed_max = 1024;

/// Counts and marks, by place in `features::dense`. Lengths and numbers are logarithms of 1 + n; shares lie in 0..1.
enum class mark : std::uint8_t {
  bytes,
  words,
  numbers,
  number_share,
  number_digits,
  symbol_share,
  lines,
  questions,
  word_length,
  distinct_share,
  stop_share,
  options,
  code_share,
  fences,
  latex,
  dollars,
  blanks,
  capital_share,
  foreign_bytes,
  commas,
  stops,
  asks_what,
  asks_who,
  asks_which,
  asks_how,
  asks_where,
  asks_when,
  asks_why,
  how_many,
  negation,
  task_first,
  format_share,
  foreign_share,
  maths_share,
  percents,
  ends_question,
  ends_colon,
  ends_stop,
  names_share,
  begins_small,
  statements,
  indents,
  context_bytes,
  turns,
  tools,
  images,
  json,
  reasoning
};
inline constexpr std::size_t k_dense = static_cast<std::size_t>(mark::reasoning) + 1;

/// Stable lower-case name, for explanation and the router file's check.
[[nodiscard]] std::string_view to_string(mark one) noexcept;

/// Changes whenever extract() would give other numbers for the same prompt: a router file of another version is
/// refused.
inline constexpr std::uint32_t k_features_version = 1;

struct features {
  std::array<float, k_dense> dense{};
  std::array<std::uint16_t, k_hashed_max> hashed{};
  std::uint32_t count = 0; ///< of `hashed`, each once, in order of first appearance

  [[nodiscard]] std::span<const std::uint16_t> words() const noexcept { return {hashed.data(), count}; }
  [[nodiscard]] float of(mark one) const noexcept { return dense[static_cast<std::size_t>(one)]; }
};

/// @param into  overwritten. Any bytes are taken; what is no UTF-8 counts as letters.
void extract(const prompt& asked, features& into) noexcept;

/// How much a prompt asks for, 0 to 1: a weighted sum of length, code, mathematics, format, steps and depth of the
/// conversation, for people to look at. Choices rest on predictors, not on this.
[[nodiscard]] float complexity(const prompt& asked) noexcept;
/// The same from features that are there already.
[[nodiscard]] float complexity(const features& seen) noexcept;

} // namespace inferenceflow::quality
