/// Converts between offsets in characters and in bytes of a text that streams by.
///
/// Role:      OpenAI's annotations count characters, the superset counts bytes; the text itself is not kept.
/// Lifecycle: one per choice: append()* in order, asked at any time.
/// Threading: one loop.
/// Bounds:    one bit per byte of text.
/// Source:    OpenAI API reference, "annotations" (start_index, end_index: characters); RFC 3629.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace inferenceflow::codecs::openai_chat {

class text_ruler {
public:
  void append(std::string_view text);
  [[nodiscard]] std::int64_t bytes() const noexcept { return static_cast<std::int64_t>(starts_.size()); }
  /// Where character `index` begins; the end of the text for one just behind it; -1 outside.
  [[nodiscard]] std::int64_t byte_of(std::int64_t index) const;
  /// How many characters begin before byte `offset`; -1 outside.
  [[nodiscard]] std::int64_t character_of(std::int64_t offset) const;

private:
  std::vector<bool> starts_; ///< a character begins at this byte
};

} // namespace inferenceflow::codecs::openai_chat
