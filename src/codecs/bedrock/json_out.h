/// JSON text under construction: puts the commas, escapes the strings.
///
/// Role:      every writer of this protocol; base64 of megabytes is copied once, into the body.
/// Lifecycle: one per document, while the string that it appends to lives.
/// Threading: one thread.
/// Bounds:    no state beside the text: whether a comma is due is seen from its last byte.
/// Source:    RFC 8259; escapes by wire/json.
#pragma once

#include "wire/json/text.h"

#include <cstdint>
#include <fmt/format.h>
#include <iterator>
#include <string>
#include <string_view>

namespace inferenceflow::codecs::bedrock {

class json_out {
public:
  /// @param out  what the document is appended to; it must not end in the middle of another one.
  explicit json_out(std::string& out)
      : out_(out)
      , start_(out.size()) {}

  json_out& open_object() { return put_open('{'); }
  json_out& close_object() { return put('}'); }
  json_out& open_array() { return put_open('['); }
  json_out& close_array() { return put(']'); }

  json_out& key(std::string_view name) {
    text(name);
    return put(':');
  }
  json_out& text(std::string_view value) {
    comma();
    out_.push_back('"');
    wire::json::append_escaped(out_, value);
    return put('"');
  }
  json_out& flag(bool value) { return verbatim(value ? "true" : "false"); }
  /// Shortest text that reads back as the same number.
  json_out& number(double value) {
    comma();
    fmt::format_to(std::back_inserter(out_), "{}", value);
    return *this;
  }
  json_out& integer(std::int64_t value) {
    comma();
    fmt::format_to(std::back_inserter(out_), "{}", value);
    return *this;
  }
  /// @param json  a whole JSON value, checked by the caller.
  json_out& verbatim(std::string_view json) {
    comma();
    out_.append(json);
    return *this;
  }

private:
  json_out& put(char byte) {
    out_.push_back(byte);
    return *this;
  }
  json_out& put_open(char byte) {
    comma();
    return put(byte);
  }
  void comma() {
    if (out_.size() > start_ && out_.back() != '{' && out_.back() != '[' && out_.back() != ':') {
      out_.push_back(',');
    }
  }

  std::string& out_;
  std::size_t start_;
};

/// True if `json` is one whole JSON object of bearable depth.
[[nodiscard]] bool is_json_object(std::string_view json);
/// True if `json` is one whole JSON value of bearable depth.
[[nodiscard]] bool is_json(std::string_view json);

} // namespace inferenceflow::codecs::bedrock
