/// JSON text of this protocol: wire/json's writer, and members in one call.
///
/// Role:      every writer of this module appends its document or chunk through one json_out.
/// Lifecycle: wire/json/writer.h.
/// Threading: one thread.
/// Bounds:    wire/json/writer.h.
/// Source:    RFC 8259.
#pragma once

#include "wire/json/writer.h"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::codecs::gemini {

class json_out : public wire::json::writer {
public:
  using writer::writer;

  void value(std::string_view words) { text(words); }
  void value(const char* words) { text(std::string_view{words}); }
  void value(std::same_as<bool> auto yes) { flag(yes); }
  void value(std::int64_t whole) { integer(whole); }
  void value(double real) { number(real); }
  void value(float real) { number(real); }

  template <class T> void member(std::string_view name, const T& of) {
    key(name);
    value(of);
  }
  template <class T> void member(std::string_view name, const std::optional<T>& of) {
    if (of) {
      member(name, *of);
    }
  }
  void member_raw(std::string_view name, std::string_view json) {
    key(name);
    raw(json);
  }
  /// Nothing for an empty text.
  void member_unless_empty(std::string_view name, std::string_view text) {
    if (!text.empty()) {
      member(name, text);
    }
  }
};

enum class json_shape : std::uint8_t { any, object };

/// Raw JSON text of the superset, fit to be embedded in a line: as it is, or without its line ends.
/// @returns nothing when it is not valid JSON, or not of the wanted shape.
[[nodiscard]] std::optional<std::string> embeddable(std::string_view json, json_shape wanted);

} // namespace inferenceflow::codecs::gemini
