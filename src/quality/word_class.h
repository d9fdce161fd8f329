/// What kind of word a word is: the few hundred that tell code, mathematics, formats and languages apart.
///
/// Role:      extract() asks for each word.
/// Lifecycle: free functions over a table that is built on first use.
/// Threading: thread-safe.
/// Bounds:    a table of k_class_slots entries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace inferenceflow::quality {

inline constexpr std::size_t k_class_slots = 2048;

/// Bits; a word may be of several classes.
enum word_bits : std::uint16_t {
  k_word_stop = 1U << 0U,
  k_word_code = 1U << 1U,
  k_word_maths = 1U << 2U,
  k_word_format = 1U << 3U,
  k_word_foreign = 1U << 4U, ///< a common word of another language than English
  k_word_task = 1U << 5U,    ///< write, explain, translate: an order rather than a question
  k_word_negation = 1U << 6U,
};

inline constexpr std::uint64_t k_word_seed = 0xCBF29CE484222325U;
/// One more byte of a word. Letters are to be lower case.
[[nodiscard]] constexpr std::uint64_t add_byte(std::uint64_t hash, unsigned char byte) noexcept {
  return (hash ^ byte) * 0x100000001B3U;
}
/// A whole word. Source: FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/
[[nodiscard]] constexpr std::uint64_t word_hash(std::string_view word) noexcept {
  std::uint64_t hash = k_word_seed;
  for (const char byte : word) {
    hash = add_byte(hash, static_cast<unsigned char>(byte));
  }
  return hash;
}

/// @param hash  word_hash() of the word in lower case. @returns word_bits, 0 for most words.
[[nodiscard]] std::uint16_t classes_of(std::uint64_t hash) noexcept;

} // namespace inferenceflow::quality
