#include "codecs/anthropic/json_text.h"

#include "dialogue/json_view.h"

#include <fmt/format.h>
#include <iterator>

namespace inferenceflow::codecs::anthropic {

void json_writer::key(std::string_view name) {
  separate();
  out_.push_back('"');
  out_.append(name).append("\":");
  comma_ = false;
}

void json_writer::text(std::string_view value) {
  separate();
  out_.push_back('"');
  wire::json::append_escaped(out_, value);
  out_.push_back('"');
  comma_ = true;
}

void json_writer::number(std::int64_t value) {
  separate();
  fmt::format_to(std::back_inserter(out_), "{}", value);
  comma_ = true;
}

void json_writer::number(double value) {
  separate();
  fmt::format_to(std::back_inserter(out_), "{}", value);
  comma_ = true;
}

void json_writer::raw(std::string_view json) {
  separate();
  out_.append(json);
  comma_ = true;
}

void json_writer::text_or_null(std::string_view name, std::string_view value) {
  key(name);
  if (value.empty()) {
    null();
  } else {
    text(value);
  }
}

bool is_json_object(std::string_view json) {
  dialogue::json_document document;
  return document.parse(json).is_object();
}

} // namespace inferenceflow::codecs::anthropic
