/// JSON text of this protocol: wire/json's writer, and fields in one call.
///
/// Role:      bodies and events of this protocol.
/// Lifecycle: wire/json/writer.h.
/// Threading: one thread.
/// Bounds:    wire/json/writer.h.
/// Source:    RFC 8259.
#pragma once

#include "wire/json/writer.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::codecs::openai_responses {

class json_out : public wire::json::writer {
public:
  using writer::close;
  using writer::open; ///< '{' or '['
  using writer::writer;

  void whole(std::int64_t value) { integer(value); }
  void real(double value) { number(value); }

  void text_field(std::string_view name, std::string_view value) { key(name), text(value); }
  void raw_field(std::string_view name, std::string_view json) { key(name), raw(json); }
  void whole_field(std::string_view name, std::int64_t value) { key(name), whole(value); }
  void flag_field(std::string_view name, bool value) { key(name), flag(value); }
  void null_field(std::string_view name) { key(name), null(); }
};

/// The same value in one line, or nothing if `json` is not JSON (or nests deeper than dialogue's documents may).
[[nodiscard]] std::optional<std::string> one_line_json(std::string_view json);

} // namespace inferenceflow::codecs::openai_responses
