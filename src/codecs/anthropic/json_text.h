/// JSON text written front to back into one string.
///
/// Role:      every writer of this codec; texts and raw values go in without a tree between them.
/// Lifecycle: one json_writer for one document; the string it writes to must outlive it.
/// Threading: one thread.
/// Bounds:    output ≤ 6 × the text given, plus what is between.
/// Source:    RFC 8259.
#pragma once

#include "wire/json/text.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace inferenceflow::codecs::anthropic {

/// Puts commas where they belong; the caller sees to matching begin and end.
class json_writer {
public:
  explicit json_writer(std::string& out)
      : out_(out) {}

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }
  /// @param name  a name without characters that need an escape.
  void key(std::string_view name);

  /// Escaped; bytes that are not UTF-8 become U+FFFD.
  void text(std::string_view value);
  void number(std::int64_t value);
  /// Shortest form that reads back the same.
  void number(double value);
  void flag(bool value) { raw(value ? "true" : "false"); }
  void null() { raw("null"); }
  /// @param json  a whole JSON value.
  void raw(std::string_view json);

  void text(std::string_view name, std::string_view value) {
    key(name);
    text(value);
  }
  void number(std::string_view name, std::int64_t value) {
    key(name);
    number(value);
  }
  void flag(std::string_view name, bool value) {
    key(name);
    flag(value);
  }
  void raw(std::string_view name, std::string_view json) {
    key(name);
    raw(json);
  }
  /// The text, or null when it is empty.
  void text_or_null(std::string_view name, std::string_view value);

private:
  void separate() {
    if (comma_) {
      out_.push_back(',');
    }
  }
  void open(char bracket) {
    separate();
    out_.push_back(bracket);
    comma_ = false;
  }
  void close(char bracket) {
    out_.push_back(bracket);
    comma_ = true;
  }

  std::string& out_;
  bool comma_ = false; ///< the next key or element needs one before it
};

/// True if `json` is one JSON object and nothing else.
[[nodiscard]] bool is_json_object(std::string_view json);

} // namespace inferenceflow::codecs::anthropic
