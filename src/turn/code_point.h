/// Characters of UTF-8 text: one after the other, and the little that is asked about them.
///
/// Role:      last_turn and normalised_answer.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    constant work per character.
/// Source:    RFC 3629; Unicode 14: White_Space (PropList.txt), CaseFolding.txt (status C and S).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace inferenceflow::turn {

struct code_point {
  char32_t value = 0;
  bool well_formed = true; ///< else `value` is U+FFFD and one byte was taken
};

/// Takes the first character off `text`, which must not be empty.
[[nodiscard]] code_point take_code_point(std::string_view& text) noexcept;

/// Appends `value` as UTF-8. @param value  at most U+10FFFF.
void append_utf8(std::string& out, char32_t value);

/// Unicode's White_Space.
[[nodiscard]] bool is_space(char32_t value) noexcept;
/// Takes no room: soft hyphen, zero-width space, word joiner, byte order mark. Joiners that change a script are none.
[[nodiscard]] bool is_invisible(char32_t value) noexcept;
/// Simple case folding: one character for one; itself where there is nothing to fold.
[[nodiscard]] char32_t folded(char32_t value) noexcept;

} // namespace inferenceflow::turn
