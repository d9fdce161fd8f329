#include "codecs/openai_chat/json_out.h"

#include "wire/json/text.h"

#include <boost/json/parse.hpp>
#include <cmath>
#include <fmt/format.h>
#include <iterator>

namespace inferenceflow::codecs::openai_chat {

void json_out::separate() {
  if (out_.size() == start_) {
    return;
  }
  const char last = out_.back();
  if (last != '{' && last != '[' && last != ':') {
    out_.push_back(',');
  }
}

json_out& json_out::open(char bracket) {
  separate();
  out_.push_back(bracket);
  return *this;
}

json_out& json_out::close(char bracket) {
  out_.push_back(bracket);
  return *this;
}

json_out& json_out::key(std::string_view name) {
  text(name);
  out_.push_back(':');
  return *this;
}

json_out& json_out::text(std::string_view value) {
  return text(value, {});
}

json_out& json_out::text(std::string_view first, std::string_view second) {
  separate();
  out_.push_back('"');
  wire::json::append_escaped(out_, first);
  wire::json::append_escaped(out_, second);
  out_.push_back('"');
  return *this;
}

json_out& json_out::integer(std::int64_t value) {
  separate();
  fmt::format_to(std::back_inserter(out_), "{}", value);
  return *this;
}

json_out& json_out::number(double value) {
  if (!std::isfinite(value)) {
    return null();
  }
  separate();
  fmt::format_to(std::back_inserter(out_), "{}", value);
  return *this;
}

json_out& json_out::flag(bool value) {
  return raw(value ? "true" : "false");
}

json_out& json_out::null() {
  return raw("null");
}

json_out& json_out::raw(std::string_view json) {
  separate();
  out_.append(json);
  return *this;
}

bool is_json(std::string_view json) {
  boost::system::error_code broken;
  static_cast<void>(boost::json::parse(boost::json::string_view{json.data(), json.size()}, broken));
  return !broken;
}

} // namespace inferenceflow::codecs::openai_chat
