#include "codecs/openai_chat/json_out.h"

#include <boost/json/parse.hpp>

namespace inferenceflow::codecs::openai_chat {

bool is_json(std::string_view json) {
  boost::system::error_code broken;
  static_cast<void>(boost::json::parse(boost::json::string_view{json.data(), json.size()}, broken));
  return !broken;
}

} // namespace inferenceflow::codecs::openai_chat
