/// The tables the lexicon is built from: lists of words in general use, kept as data.
///
/// Role:      lexicon.cpp reads them once.
/// Lifecycle: constants.
/// Threading: read only.
/// Bounds:    fixed.
/// Source:    common knowledge; lists of words, months, units, countries and first names.
#pragma once

#include "semantic/text/lexicon.h"

#include <span>
#include <string_view>

namespace inferenceflow::semantic::tables {

/// Words, one space apart, that share a class and traits.
struct class_row {
  word_class cls = word_class::none;
  std::uint32_t traits = 0;
  std::string_view words = {};
};

/// Two to five words that are read as one; an empty `becomes` drops them.
struct phrase_row {
  std::string_view words = {};
  std::string_view becomes = {};
  bool opener = false; ///< only where a sentence begins
};

/// Groups divided by '|', words by spaces; the first word stands for its group.
std::string_view irregular_forms();
std::string_view synonyms();
std::string_view peoples();
/// Groups divided by '|', the two poles of one by '/', words by spaces.
std::string_view opposites();
/// Words, one space apart.
std::string_view participles();
std::string_view symmetric_words();

std::span<const class_row> function_words();
std::span<const class_row> phrase_words();
std::span<const phrase_row> phrases();
/// Classes whose members exclude each other: animals, colours, weekdays, countries.
std::span<const class_row> contrasts();
/// First names, by gender; names that are also words carry trait::k_ambiguous.
std::span<const class_row> first_names();
std::span<const class_row> places();
/// Number words and their values, as "two 2 three 3".
std::string_view number_words();
/// Scale words and their values, as "hundred 100".
std::string_view scale_words();
/// Function words of other languages, each row one language (class language_…).
std::span<const class_row> foreign_words();

} // namespace inferenceflow::semantic::tables
