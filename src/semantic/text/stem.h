/// A light suffix stemmer for English: plural, -ing, -ed, -ly, final e and y.
///
/// Role:      the lexicon's second key and what words are aligned by; a stem need not be a word.
/// Lifecycle: a pure function.
/// Threading: no shared state.
/// Bounds:    linear in the word; writes at most |word| bytes.
/// Source:    own rules; words shorter than 4 letters or with bytes beyond ASCII stay as they are.
#pragma once

#include <string_view>

namespace inferenceflow::semantic {

/// @param word  lower case.
/// @returns the stem, a prefix of `word`, but for a final y, which becomes i in words that end in -ies, -ied or
/// consonant + y:
///          those lose it as well. Lifetime: as `word`.
[[nodiscard]] std::string_view stem_of(std::string_view word) noexcept;

} // namespace inferenceflow::semantic
