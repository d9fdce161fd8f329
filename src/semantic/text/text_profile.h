/// What of a text decides whether an answer to it also answers another: its words, values, names and code, as hashes.
///
/// Role:      the semantic cache makes one per last user turn, keeps it with the entry and gives both to compare().
/// Lifecycle: a value; holds no text, only hashes that are the same in every process of this version.
/// Threading: immutable once made.
/// Bounds:    k_read_bytes_max bytes are read word by word, k_tokens_max words and k_code_spans_max spans of code are
/// kept;
///            what lies beyond is one hash, and two texts that differ there never match. At most 13 KiB, about 900
///            bytes for 20 words.
/// Source:    own rules; no model
#pragma once

#include "semantic/text/lexicon.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace inferenceflow::semantic {

/// One word, number, symbol or span of code.
struct token {
  std::uint32_t form = 0; ///< hash of the word as written, lower case; of the value for a number; of the bytes for code
  std::uint32_t lemma = 0;  ///< hash of the stem
  std::uint32_t canon = 0;  ///< hash of the word that stands for it and its synonyms: what texts are aligned by
  std::uint32_t base = 0;   ///< lemma without a negating prefix (un-, in-, dis-, …) or with -ful for -less; 0 = none
  std::uint32_t root = 0;   ///< hash of the first letters, shared by derived words (invest, investor); 0 = short word
  std::uint32_t shape = 0;  ///< set of letters, to see misspellings
  std::uint32_t traits = 0; ///< trait::…
  word_class cls = word_class::none;
  std::uint8_t length = 0; ///< bytes of the word, at most 255

  [[nodiscard]] bool is(std::uint32_t wanted) const noexcept { return (traits & wanted) != 0; }
};

/// Alphabets that do not mix within one question.
enum class script : std::uint8_t {
  none,
  latin,
  cyrillic,
  greek,
  arabic,
  hebrew,
  indic,
  thai,
  han,
  kana,
  hangul,
  other
};

struct text_profile {
  static constexpr std::size_t k_read_bytes_max = 32 * 1024;
  static constexpr std::size_t k_tokens_max = 384;
  static constexpr std::size_t k_code_spans_max = 64;
  static constexpr std::size_t k_trigram_words = 16;

  std::vector<token> tokens = {};                           ///< in order of the text
  std::vector<std::uint32_t> code = {};                     ///< hashes of spans of code, sorted, each once
  std::array<std::uint64_t, k_trigram_words> trigrams = {}; ///< which letter trigrams occur, hashed to 1,024 bits
  std::uint64_t whole = 0;       ///< hash of all tokens without fillers: equal texts differ in case and dots only
  std::uint64_t rest = 0;        ///< hash of what was not kept; 0 = everything was
  script writing = script::none; ///< most letters
  word_class language = word_class::none; ///< language_…; none = English or unknown
  bool english = false;                   ///< has English function words
  bool accented = false;                  ///< has letters that English does without
  bool polar = false;                     ///< a yes-or-no question
  bool demand = false; ///< "write a poem": no question, and begins with a verb or at least with content

  /// Memory it takes, the object itself included.
  [[nodiscard]] std::size_t bytes() const noexcept {
    return sizeof(*this) + tokens.capacity() * sizeof(token) + code.capacity() * sizeof(std::uint32_t);
  }
};

/// Reads a text. Never fails: bytes that are no UTF-8 separate words.
/// @param text  a user's turn, UTF-8.
[[nodiscard]] text_profile profile_of(std::string_view text);

} // namespace inferenceflow::semantic
