#include "codecs/openai_responses/json_out.h"

#include "dialogue/json_view.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace inferenceflow::codecs::openai_responses {

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
