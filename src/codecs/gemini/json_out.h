/// Appends JSON to a string, commas and escapes included.
///
/// Role:      every writer of this module; large base64 goes from the superset into the body with one copy.
/// Lifecycle: one per document; the string outlives it.
/// Threading: one thread.
/// Bounds:    output ≤ 6 × the text that is put in.
/// Source:    RFC 8259.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::codecs::gemini {

class json_out {
public:
  explicit json_out(std::string& out)
      : out_(out) {}

  void open_object() { open('{'); }
  void close_object() { close('}'); }
  void open_array() { open('['); }
  void close_array() { close(']'); }
  /// @param name  needs no escapes: a literal of this module, or k.
  void key(std::string_view name);

  void value(std::string_view text);
  void value(const char* text) { value(std::string_view{text}); }
  void value(std::same_as<bool> auto flag) { literal(flag ? "true" : "false"); }
  void value(std::int64_t number);
  /// The shortest spelling that reads back as the same number.
  void value(double number);
  void value(float number);
  /// Text that is JSON already.
  void raw(std::string_view json) { literal(json); }

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

private:
  void separate() {
    if (comma_due_) {
      out_.push_back(',');
    }
    comma_due_ = false;
  }
  void open(char bracket) {
    separate();
    out_.push_back(bracket);
  }
  void close(char bracket) {
    out_.push_back(bracket);
    comma_due_ = true;
  }
  void literal(std::string_view json) {
    separate();
    out_.append(json);
    comma_due_ = true;
  }

  std::string& out_;
  bool comma_due_ = false;
};

enum class json_shape : std::uint8_t { any, object };

/// Raw JSON text of the superset, fit to be embedded in a line: as it is, or without its line ends.
/// @returns nothing when it is not valid JSON, or not of the wanted shape.
[[nodiscard]] std::optional<std::string> embeddable(std::string_view json, json_shape wanted);

} // namespace inferenceflow::codecs::gemini
