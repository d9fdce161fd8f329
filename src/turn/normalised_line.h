/// One line of prose: its marks taken off, its numbers in one spelling.
///
/// Role:      private to normalised_answer.cpp; split from it by size.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    see normalised_answer.h.
#pragma once

#include <string>

namespace inferenceflow::turn {

/// Set on a character that is code: no rule for prose applies to it. Far beyond Unicode.
inline constexpr char32_t k_code_flag = 0x80000000;

/// @param line  characters without a line end.
/// @param out   gets the line appended, code flagged, everything else folded and spelt alike; a run of white space is
///              one blank, and there is none at its end or at the beginning of `out`.
void append_normalised_line(const std::u32string& line, std::u32string& out);

} // namespace inferenceflow::turn
