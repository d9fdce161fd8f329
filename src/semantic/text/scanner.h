/// Cuts a text into words, numbers, symbols and spans of code.
///
/// Role:      first half of profile_of(): where words begin and end, and how they were written.
/// Lifecycle: a pure function.
/// Threading: no shared state.
/// Bounds:    linear; pieces at most pieces_max, then `complete` is false.
/// Source:    UTF-8 (RFC 3629), Unicode blocks
#pragma once

#include "semantic/text/text_profile.h"

#include <string>
#include <vector>

namespace inferenceflow::semantic {

enum class piece_kind : std::uint8_t { word, number, symbol, code };

struct piece {
  std::uint32_t begin = 0; ///< offset in scanned_text::lowered, or in the text itself for code
  std::uint32_t size = 0;  ///< bytes
  piece_kind kind = piece_kind::word;
  bool capital = false;  ///< first letter
  bool capitals = false; ///< all letters, at least two
  bool inner = false;    ///< a capital or a digit after a small letter: iPhone, mp3
  bool initial = false;  ///< first of a sentence
  bool breaks = false;   ///< punctuation follows
  bool glued = false;    ///< follows the piece before without a space: 5kg
};

struct scanned_text {
  std::string lowered = {};                   ///< lower-case copy, same length in bytes where the alphabet allows
  std::vector<piece> pieces = {};             ///< in order
  std::array<std::uint32_t, 12> letters = {}; ///< letters per script
  std::size_t read = 0;                       ///< bytes read; less than the text when a bound was met
  bool asks = false;                          ///< has a question mark
};

/// @param pieces_max  stops after so many.
[[nodiscard]] scanned_text scan(std::string_view text, std::size_t pieces_max);

} // namespace inferenceflow::semantic
