/// JSON text of this protocol: wire/json's writer, and members in one call.
///
/// Role:      every writer of this codec appends its document or event through one json_out.
/// Lifecycle: wire/json/writer.h.
/// Threading: one thread.
/// Bounds:    wire/json/writer.h.
/// Source:    RFC 8259.
#pragma once

#include "wire/json/writer.h"

#include <cstdint>
#include <string_view>

namespace inferenceflow::codecs::cohere {

class json_out : public wire::json::writer {
public:
  using writer::writer;

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
};

/// True if `text` is one whole JSON object.
[[nodiscard]] bool is_object_text(std::string_view text);

} // namespace inferenceflow::codecs::cohere
