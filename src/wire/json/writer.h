/// JSON text, written front to back: commas, quotes and escapes are right by themselves.
///
/// Role:      what writers of documents and events append through: base64 of many MiB is copied once, into the body,
///            without a tree in between.
/// Lifecycle: one per document; the string that it appends to outlives it.
/// Threading: one thread.
/// Bounds:    output ≤ 6 × the strings that are written. That brackets match and keys precede values is the caller's
///            doing.
/// Source:    RFC 8259.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace inferenceflow::wire::json {

class writer {
public:
  /// Appends to `out`; what already stands there is none of this document's.
  explicit writer(std::string& out)
      : out_(out) {}

  writer& open_object() { return open('{'); }
  writer& close_object() { return close('}'); }
  writer& open_array() { return open('['); }
  writer& close_array() { return close(']'); }
  /// A member's name; its value must follow.
  writer& key(std::string_view name);

  /// Invalid UTF-8 becomes U+FFFD.
  writer& text(std::string_view value);
  /// One string out of pieces, so that a long one is not copied to put something before it.
  writer& text(std::initializer_list<std::string_view> pieces);
  writer& integer(std::int64_t value);
  /// The shortest digits that read back as `value`; null if it is not finite.
  writer& number(double value);
  writer& number(float value);
  writer& flag(bool value) { return raw(value ? "true" : "false"); }
  writer& null() { return raw("null"); }
  /// @param json  one well-formed value.
  writer& raw(std::string_view json);

protected:
  writer& open(char bracket);
  writer& close(char bracket);

private:
  /// A comma where one belongs; the next value will need one.
  void separate() {
    if (comma_due_) {
      out_.push_back(',');
    }
    comma_due_ = true;
  }

  std::string& out_;
  bool comma_due_ = false;
};

} // namespace inferenceflow::wire::json
