/// What is known about a word: its class, its traits, the word that stands for it, and its opposite.
///
/// Role:      the profile looks every word up once; the comparison only reads what the profile holds.
/// Lifecycle: built at first use from constant tables, then never changed.
/// Threading: read only after the first call, which is safe from any thread.
/// Bounds:    fixed by the tables; about 3,500 words in 0.6 MiB of hash tables.
/// Source:    lexicon_tables.h
#pragma once

#include <cstdint>
#include <string_view>

namespace inferenceflow::semantic {

/// Members of one class exclude each other: a text about a cat does not answer one about a dog.
enum class word_class : std::uint8_t {
  none,
  question,
  modal,
  aspect,
  quantity,
  possessor,
  ordinal,
  weekday,
  month,
  season,
  day_part,
  day_relative,
  unit_mass,
  unit_length,
  unit_volume,
  unit_time,
  unit_data,
  unit_temperature,
  unit_other,
  currency,
  animal,
  body_part,
  colour,
  nationality,
  language,
  religion,
  profession,
  sport,
  instrument,
  kin,
  gender,
  direction,
  food,
  meal,
  programming,
  platform,
  company,
  social_site,
  degree,
  school_subject,
  planet,
  element,
  vehicle,
  illness,
  material,
  number_scale,
  greeting,
  operation,
  first_name,
  country,
  city,
  region,
  // Not classes of things: the language whose function word this is.
  language_de,
  language_fr,
  language_es,
  language_it,
  language_pt,
  language_nl,
};

namespace trait {

inline constexpr std::uint32_t k_stop = 1U << 0;        ///< carries grammar, not matter
inline constexpr std::uint32_t k_filler = 1U << 1;      ///< may be dropped without changing the meaning
inline constexpr std::uint32_t k_negation = 1U << 2;    ///< turns a sentence round
inline constexpr std::uint32_t k_question = 1U << 3;    ///< who, what, when, …
inline constexpr std::uint32_t k_determiner = 1U << 4;  ///< a, the, this
inline constexpr std::uint32_t k_conjunction = 1U << 5; ///< and
inline constexpr std::uint32_t k_disjunction = 1U << 6; ///< or
inline constexpr std::uint32_t k_preposition = 1U << 7; ///< of, in, to
inline constexpr std::uint32_t k_be = 1U << 8;          ///< is, are, was
inline constexpr std::uint32_t k_aux = 1U << 9;         ///< do, have, can
inline constexpr std::uint32_t k_modal = 1U << 10;      ///< can, should, will
inline constexpr std::uint32_t k_pronoun = 1U << 11;    ///< I, you, his
inline constexpr std::uint32_t k_male = 1U << 12;       ///< he, John
inline constexpr std::uint32_t k_female = 1U << 13;     ///< she, Mary
inline constexpr std::uint32_t k_quantifier = 1U << 14; ///< all, some, at least
inline constexpr std::uint32_t k_past = 1U << 15;       ///< was, did
inline constexpr std::uint32_t k_number = 1U << 16;     ///< a value; the token's form is the value's hash
inline constexpr std::uint32_t k_year = 1U << 17;       ///< a number that reads as a year
inline constexpr std::uint32_t k_unit = 1U << 18;       ///< kg, hours, USD
inline constexpr std::uint32_t k_name = 1U << 19;       ///< proper noun, product, acronym
inline constexpr std::uint32_t k_capital = 1U << 20;    ///< written with a capital
inline constexpr std::uint32_t k_initial = 1U << 21;    ///< first word of a sentence
inline constexpr std::uint32_t k_acronym = 1U << 22;    ///< written in capitals only
inline constexpr std::uint32_t k_mixed = 1U << 23;      ///< letters with digits or inner capitals: iPhone, GPT-4
inline constexpr std::uint32_t k_code = 1U << 24;       ///< code, path, URL, e-mail address: compared byte by byte
inline constexpr std::uint32_t k_participle = 1U << 25; ///< may be a past participle
inline constexpr std::uint32_t k_symmetric = 1U << 26;  ///< what it relates may change places: married, similar
inline constexpr std::uint32_t k_ambiguous = 1U << 27;  ///< a name only where it is written with a capital
inline constexpr std::uint32_t k_foreign = 1U << 28;    ///< function word of a language other than English
inline constexpr std::uint32_t k_breaks = 1U << 29;     ///< a full stop, a comma or the like follows
inline constexpr std::uint32_t k_possessive = 1U << 30; ///< had 's
inline constexpr std::uint32_t k_poled = 1U << 31;      ///< has a contrary: see opposed()

} // namespace trait

/// What the tables say about one word; all zero for a word they lack.
struct lexeme {
  std::uint32_t canon = 0;  ///< hash of the word that stands for it; 0 = itself
  std::uint32_t traits = 0; ///< trait::…
  word_class cls = word_class::none;
};

/// Stable 32-bit hash of a word's bytes: the same in every process, so profiles may be stored.
[[nodiscard]] constexpr std::uint32_t word_hash(std::string_view word) noexcept {
  std::uint64_t h = 0xcbf29ce484222325ULL;
  for (const char c : word) {
    h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  return static_cast<std::uint32_t>(h ^ (h >> 32));
}

/// Looks a word up, first as it is written, then by its stem.
/// @param word  lower case, without apostrophes.
/// @param stem  stem_of(word).
[[nodiscard]] lexeme look_up(std::string_view word, std::string_view stem) noexcept;

/// True when the two words are contraries, such as "before" and "after".
/// @param a, b  word_hash of the words or of their stems.
[[nodiscard]] bool opposed(std::uint32_t a, std::uint32_t b) noexcept;

/// What two to five words are read as.
struct phrase {
  std::string_view becomes = {}; ///< one word; empty = they say nothing
  bool opener = false;           ///< only where a sentence begins
};

/// @param words  lower case, one space apart.
/// @returns nullptr when they are no phrase.
[[nodiscard]] const phrase* phrase_of(std::string_view words) noexcept;

/// What a word may be the beginning of.
struct word_start {
  bool phrase = false; ///< of some phrase
  bool number = false; ///< of a spelled number
};

/// @param word  lower case.
[[nodiscard]] word_start start_of(std::string_view word) noexcept;

/// Value of a number word such as "seven" or "million"; negative when it is none.
/// @param scale  set to whether the word multiplies what stands before it.
[[nodiscard]] double number_word(std::string_view word, bool& scale) noexcept;

} // namespace inferenceflow::semantic
