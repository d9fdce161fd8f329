/// Cohere's citations ↔ citations of a text part.
///
/// Role:      messages, answers and streams.
/// Lifecycle: text_places: one per text part; the rest are free functions.
/// Threading: one thread.
/// Bounds:    text_places holds the text that it measures.
/// Source:    Cohere API v2 reference: Citation {start, end, text, sources, content_index, type}; recorded answers:
///            start and end count characters (code points) of the content block.
///
/// Cohere cites several sources for one stretch: they become as many citations with the same stretch, and such
/// neighbours become one again. `opaque` keeps a source as it was, a tool's output included.
#pragma once

#include "codecs/cohere/json_out.h"
#include "dialogue/json_view.h"
#include "dialogue/part.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::codecs::cohere {

/// A text's bytes ↔ its characters.
class text_places {
public:
  void append(std::string_view piece) { text_.append(piece); }
  void clear();
  /// @returns the byte where character `index` begins; -1 for -1 and for what lies behind the text.
  [[nodiscard]] std::int64_t byte_of(std::int64_t index);
  /// @returns how many characters begin before byte `offset`; -1 for -1 and for what lies behind the text.
  [[nodiscard]] std::int64_t character_of(std::int64_t offset);

private:
  void advance();

  std::string text_;
  std::size_t byte_ = 0;       ///< where the last answer was, so that citations in order cost one pass
  std::int64_t character_ = 0; ///< the characters before it
};

/// Appends what one citation of Cohere says, a citation for each source and at least one.
void read_citation(const dialogue::json_view& cited, text_places& places, std::vector<dialogue::citation>& out);

/// True if both support the same stretch and name a source, so that Cohere has one citation for them.
[[nodiscard]] bool same_stretch(const dialogue::citation& a, const dialogue::citation& b) noexcept;

/// Writes one citation object as a value. @param cited  at least one, all of the same stretch.
/// @param block  index of the content block; 0 is not written.
void write_citation(json_out& json, std::span<const dialogue::citation> cited, text_places& places, std::size_t block);

} // namespace inferenceflow::codecs::cohere
