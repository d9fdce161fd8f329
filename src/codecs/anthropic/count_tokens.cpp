#include "codecs/anthropic/count_tokens.h"

#include "codecs/anthropic/json_text.h"
#include "codecs/anthropic/request_read.h"

namespace inferenceflow::codecs::anthropic {

result<dialogue::request> read_count_request(std::string_view body) {
  return read_messages_request(body, body_kind::count_tokens);
}

std::string write_count_answer(std::int64_t input_tokens) {
  std::string made;
  json_writer out{made};
  out.begin_object();
  out.number("input_tokens", input_tokens);
  out.end_object();
  return made;
}

} // namespace inferenceflow::codecs::anthropic
