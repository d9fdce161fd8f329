#include "codecs/gemini/json_out.h"

#include "dialogue/json_view.h"
#include "wire/json/text.h"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <iterator>

namespace inferenceflow::codecs::gemini {

void json_out::key(std::string_view name) {
  separate();
  out_.push_back('"');
  out_.append(name);
  out_.append("\":");
}

void json_out::value(std::string_view text) {
  separate();
  out_.push_back('"');
  wire::json::append_escaped(out_, text);
  out_.push_back('"');
  comma_due_ = true;
}

void json_out::value(std::int64_t number) {
  separate();
  fmt::format_to(std::back_inserter(out_), "{}", number);
  comma_due_ = true;
}

void json_out::value(double number) {
  separate();
  fmt::format_to(std::back_inserter(out_), "{}", number);
  comma_due_ = true;
}

void json_out::value(float number) {
  separate();
  fmt::format_to(std::back_inserter(out_), "{}", number);
  comma_due_ = true;
}

std::optional<std::string> embeddable(std::string_view text, json_shape wanted) {
  boost::json::monotonic_resource memory;
  boost::json::parse_options options;
  options.max_depth = dialogue::k_json_depth_max;
  boost::json::parser parser{{}, options};
  parser.reset(&memory);
  boost::system::error_code broken;
  parser.write(text.data(), text.size(), broken);
  if (broken) {
    return std::nullopt;
  }
  const boost::json::value parsed = parser.release();
  if (wanted == json_shape::object && !parsed.is_object()) {
    return std::nullopt;
  }
  // As it came: numbers keep their spelling. Line ends would cut an event of a stream in two.
  return text.find_first_of("\r\n") == std::string_view::npos ? std::string{text} : boost::json::serialize(parsed);
}

} // namespace inferenceflow::codecs::gemini
