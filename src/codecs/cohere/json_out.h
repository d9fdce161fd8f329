/// JSON text written front to back: commas, quotes and escapes are right by themselves.
///
/// Role:      every writer of this codec; no tree is built, so a large image is copied once.
/// Lifecycle: one per document; refers to the string that it appends to.
/// Threading: one thread.
/// Bounds:    none of its own; the caller pairs what it opens and closes.
/// Source:    RFC 8259. Numbers are the shortest text that reads back the same.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace inferenceflow::codecs::cohere {

class json_out {
public:
  explicit json_out(std::string& out)
      : out_(out) {}

  void open_object() { open('{'); }
  void close_object() { close('}'); }
  void open_array() { open('['); }
  void close_array() { close(']'); }
  void key(std::string_view name);

  void text(std::string_view value);
  /// One string made of pieces, without putting them together first.
  void text(std::initializer_list<std::string_view> pieces);
  /// @param json  one valid JSON value.
  void raw(std::string_view json);
  /// A number that JSON cannot hold (infinite, not a number) becomes null.
  void number(double value);
  void integer(std::int64_t value);
  void flag(bool value);

  void text_member(std::string_view name, std::string_view value) {
    key(name);
    text(value);
  }
  void raw_member(std::string_view name, std::string_view json) {
    key(name);
    raw(json);
  }
  void integer_member(std::string_view name, std::int64_t value) {
    key(name);
    integer(value);
  }
  void open_object_member(std::string_view name) {
    key(name);
    open_object();
  }
  void open_array_member(std::string_view name) {
    key(name);
    open_array();
  }

private:
  void before_value();
  void open(char bracket);
  void close(char bracket);

  std::string& out_;
  bool comma_ = false; ///< the next value stands behind another one
};

/// True if `text` is one whole JSON object.
[[nodiscard]] bool is_object_text(std::string_view text);

} // namespace inferenceflow::codecs::cohere
