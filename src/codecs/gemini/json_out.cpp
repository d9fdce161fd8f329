#include "codecs/gemini/json_out.h"

#include "dialogue/json_view.h"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/serialize.hpp>

namespace inferenceflow::codecs::gemini {

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
