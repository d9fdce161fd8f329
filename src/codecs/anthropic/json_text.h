/// JSON text of this protocol: wire/json's writer, and members in one call.
///
/// Role:      every writer of this codec; texts and raw values go in without a tree between them.
/// Lifecycle: wire/json/writer.h.
/// Threading: one thread.
/// Bounds:    wire/json/writer.h.
/// Source:    RFC 8259.
#pragma once

#include "wire/json/writer.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace inferenceflow::codecs::anthropic {

class json_writer : public wire::json::writer {
public:
  using writer::flag;
  using writer::number;
  using writer::raw;
  using writer::text;
  using writer::writer;

  void begin_object() { open_object(); }
  void end_object() { close_object(); }
  void begin_array() { open_array(); }
  void end_array() { close_array(); }
  void number(std::int64_t value) { integer(value); }

  void text(std::string_view name, std::string_view value) {
    key(name);
    text(value);
  }
  void number(std::string_view name, std::int64_t value) {
    key(name);
    integer(value);
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
};

/// True if `json` is one JSON object and nothing else.
[[nodiscard]] bool is_json_object(std::string_view json);

} // namespace inferenceflow::codecs::anthropic
