#include "codecs/bedrock/json_out.h"

#include "dialogue/json_view.h"

namespace inferenceflow::codecs::bedrock {

bool is_json_object(std::string_view json) {
  dialogue::json_document document;
  return document.parse(json).is_object() && !document.failure();
}

bool is_json(std::string_view json) {
  dialogue::json_document document;
  [[maybe_unused]] const auto root = document.parse(json);
  return !document.failure();
}

} // namespace inferenceflow::codecs::bedrock
