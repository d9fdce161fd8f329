/// Whether two answers are the same but for their looks.
///
/// Role:      judges of the semantic cache: the cheapest test whether an answer that was kept would have been right.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    answers ≤ k_answer_bytes_max are brought to one spelling, longer ones compared byte by byte; time linear
///            in the text, but for marks of emphasis, whose partner is sought within k_emphasis_characters_max.
/// Source:    CommonMark 0.30 for the marks; docs of normalised() for what is left alone, and why.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace inferenceflow::turn {

inline constexpr std::size_t k_answer_bytes_max = 65536;
inline constexpr std::size_t k_emphasis_characters_max = 512;

/// One spelling for texts that say the same in the same words:
/// - upper and lower case alike; any run of white space is one blank, none at the ends; invisible characters are gone;
/// - typographic quotes, dashes, ellipses as ASCII;
/// - Markdown marks gone: headings, bullets, emphasis (`*` in pairs, `_` only around several words), backticks, fences;
/// - 1,000 and 1000.0 as 1000;
/// - `. , ; : !` at the end gone, and quotes or brackets around the whole.
/// Whatever could carry meaning stays: text between backticks or fences to the letter (code), numbers of lists, "- 5"
/// and "> 5", `3 * 4`, `__init__`, ".5", "5!", trailing zeros behind other digits (version 3.10 is not 3.1), versions
/// and dates with several points, a question mark, strikethrough.
/// @param answer  any bytes; each that is not part of well-formed UTF-8 becomes U+FFFD.
/// @returns well-formed UTF-8, at most 3 times as long.
[[nodiscard]] std::string normalised(std::string_view answer);

/// True if the answers are identical, or both are well-formed UTF-8 of at most k_answer_bytes_max whose normalised
/// texts are equal and not empty. False says nothing: two answers may mean the same in other words.
[[nodiscard]] bool answers_agree_exactly(std::string_view one, std::string_view other);

} // namespace inferenceflow::turn
