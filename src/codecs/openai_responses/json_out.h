/// JSON text, written straight into a string.
///
/// Role:      bodies and events of this protocol; long texts are escaped into their place and copied nowhere else.
/// Lifecycle: one per document, on the stack; the string outlives it.
/// Threading: one thread.
/// Bounds:    none of its own.
/// Source:    RFC 8259.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::codecs::openai_responses {

/// Knows commas only: that braces match and keys precede values is the caller's doing.
class json_out {
public:
  explicit json_out(std::string& out)
      : out_(out) {}

  void open(char brace); ///< '{' or '['
  void close(char brace);
  void key(std::string_view name); ///< plain ASCII without quotes
  void text(std::string_view value);
  void raw(std::string_view json); ///< JSON that is valid and holds no line ends
  void whole(std::int64_t value);
  void real(double value); ///< shortest spelling; null if it is not finite
  void flag(bool value);
  void null();

  void text_field(std::string_view name, std::string_view value) { key(name), text(value); }
  void raw_field(std::string_view name, std::string_view json) { key(name), raw(json); }
  void whole_field(std::string_view name, std::int64_t value) { key(name), whole(value); }
  void flag_field(std::string_view name, bool value) { key(name), flag(value); }
  void null_field(std::string_view name) { key(name), null(); }

private:
  void separate();

  std::string& out_;
  bool comma_ = false;
};

/// The same value in one line, or nothing if `json` is not JSON (or nests deeper than dialogue's documents may).
[[nodiscard]] std::optional<std::string> one_line_json(std::string_view json);

} // namespace inferenceflow::codecs::openai_responses
