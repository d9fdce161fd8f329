/// JSON text, written front to back.
///
/// Role:      every writer of this codec appends its document or chunk through one of these: base64 of many MiB goes
///            from the superset into the body without a tree in between.
/// Lifecycle: one per document; `out` outlives it.
/// Threading: one thread.
/// Bounds:    output ≤ 6 × the strings that are written.
/// Source:    RFC 8259.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace inferenceflow::codecs::openai_chat {

class json_out {
public:
  /// Appends to `out`; what already stands there is none of this document's.
  explicit json_out(std::string& out)
      : out_(out)
      , start_(out.size()) {}

  json_out& open_object() { return open('{'); }
  json_out& close_object() { return close('}'); }
  json_out& open_array() { return open('['); }
  json_out& close_array() { return close(']'); }
  /// A member's name; its value must follow.
  json_out& key(std::string_view name);

  /// Invalid UTF-8 becomes U+FFFD.
  json_out& text(std::string_view value);
  /// One string out of two, so that a long one is not copied to put something before it.
  json_out& text(std::string_view first, std::string_view second);
  json_out& integer(std::int64_t value);
  /// The shortest digits that read back as `value`; null if it is not finite.
  json_out& number(double value);
  json_out& flag(bool value);
  json_out& null();
  /// `json` is one well-formed value already.
  json_out& raw(std::string_view json);

private:
  json_out& open(char bracket);
  json_out& close(char bracket);
  /// A comma where one belongs.
  void separate();

  std::string& out_;
  std::size_t start_;
};

/// True if `json` is one JSON value and nothing else.
[[nodiscard]] bool is_json(std::string_view json);

} // namespace inferenceflow::codecs::openai_chat
