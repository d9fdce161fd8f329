#include "codecs/cohere/json_out.h"

#include "dialogue/json_view.h"

namespace inferenceflow::codecs::cohere {

bool is_object_text(std::string_view text) {
  dialogue::json_document document;
  return document.parse(text).is_object() && !document.failure();
}

} // namespace inferenceflow::codecs::cohere
