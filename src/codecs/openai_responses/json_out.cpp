#include "codecs/openai_responses/json_out.h"

#include "dialogue/json_view.h"
#include "wire/json/text.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <fmt/format.h>
#include <iterator>

namespace inferenceflow::codecs::openai_responses {

void json_out::separate() {
  if (comma_) {
    out_.push_back(',');
  }
  comma_ = true;
}

void json_out::open(char brace) {
  separate();
  out_.push_back(brace);
  comma_ = false;
}

void json_out::close(char brace) {
  out_.push_back(brace);
  comma_ = true;
}

void json_out::key(std::string_view name) {
  separate();
  out_.push_back('"');
  out_.append(name);
  out_.append("\":");
  comma_ = false;
}

void json_out::text(std::string_view value) {
  separate();
  out_.push_back('"');
  wire::json::append_escaped(out_, value);
  out_.push_back('"');
}

void json_out::raw(std::string_view json) {
  separate();
  out_.append(json);
}

void json_out::whole(std::int64_t value) {
  separate();
  fmt::format_to(std::back_inserter(out_), "{}", value);
}

void json_out::real(double value) {
  separate();
  if (std::isfinite(value)) {
    fmt::format_to(std::back_inserter(out_), "{}", value);
  } else {
    out_.append("null");
  }
}

void json_out::flag(bool value) {
  separate();
  out_.append(value ? "true" : "false");
}

void json_out::null() {
  separate();
  out_.append("null");
}

std::optional<std::string> one_line_json(std::string_view json) {
  boost::json::parse_options options;
  options.max_depth = dialogue::k_json_depth_max;
  boost::system::error_code broken;
  const boost::json::value value = boost::json::parse({json.data(), json.size()}, broken, {}, options);
  if (broken) {
    return std::nullopt;
  }
  return boost::json::serialize(value);
}

} // namespace inferenceflow::codecs::openai_responses
