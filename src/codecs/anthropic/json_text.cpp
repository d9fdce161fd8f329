#include "codecs/anthropic/json_text.h"

#include "dialogue/json_view.h"

namespace inferenceflow::codecs::anthropic {

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
