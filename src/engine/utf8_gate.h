/// Lets only whole UTF-8 characters pass; bytes that can never become one turn into U+FFFD.
///
/// Role:      completion_text; sans-IO.
/// Lifecycle: one per choice.
/// Threading: value; no shared state.
/// Bounds:    holds back at most three bytes.
/// Source:    RFC 3629 §4; Unicode 15 §3.9 (one U+FFFD per maximal ill-formed part).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace inferenceflow::engine {

class utf8_gate {
public:
  /// @returns well-formed UTF-8; a character whose last bytes are missing stays inside.
  [[nodiscard]] std::string feed(std::string_view bytes);

  /// Bytes of an unfinished character. When the text ends they are dropped: half a character is nothing to show.
  [[nodiscard]] std::size_t held_bytes() const { return held_.size(); }

private:
  std::string held_;
};

/// `bytes` as well-formed UTF-8, every ill-formed or unfinished part replaced by U+FFFD.
[[nodiscard]] std::string to_valid_utf8(std::string_view bytes);

} // namespace inferenceflow::engine
