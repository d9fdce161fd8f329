#include "codecs/cohere/json_out.h"

#include "dialogue/json_view.h"
#include "wire/json/text.h"

#include <cmath>
#include <fmt/format.h>
#include <iterator>

namespace inferenceflow::codecs::cohere {

void json_out::before_value() {
  if (comma_) {
    out_.push_back(',');
  }
  comma_ = true;
}

void json_out::open(char bracket) {
  before_value();
  out_.push_back(bracket);
  comma_ = false;
}

void json_out::close(char bracket) {
  out_.push_back(bracket);
  comma_ = true;
}

void json_out::key(std::string_view name) {
  text(name);
  out_.push_back(':');
  comma_ = false;
}

void json_out::text(std::string_view value) {
  text({value});
}

void json_out::text(std::initializer_list<std::string_view> pieces) {
  before_value();
  out_.push_back('"');
  for (const std::string_view piece : pieces) {
    wire::json::append_escaped(out_, piece);
  }
  out_.push_back('"');
}

void json_out::raw(std::string_view json) {
  before_value();
  out_ += json;
}

void json_out::number(double value) {
  before_value();
  if (std::isfinite(value)) {
    fmt::format_to(std::back_inserter(out_), "{}", value);
  } else {
    out_ += "null";
  }
}

void json_out::integer(std::int64_t value) {
  before_value();
  fmt::format_to(std::back_inserter(out_), "{}", value);
}

void json_out::flag(bool value) {
  before_value();
  out_ += value ? "true" : "false";
}

bool is_object_text(std::string_view text) {
  dialogue::json_document document;
  return document.parse(text).is_object() && !document.failure();
}

} // namespace inferenceflow::codecs::cohere
