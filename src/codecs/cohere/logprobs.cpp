#include "codecs/cohere/logprobs.h"

namespace inferenceflow::codecs::cohere {

dialogue::token_logprob read_logprob(const dialogue::json_view& item) {
  dialogue::token_logprob read{.token = std::string{item.member("text").text()}};
  item.member("logprobs").each([&](const dialogue::json_view& each) { read.logprob += each.number().value_or(0); });
  return read;
}

void write_logprob(json_out& json, std::string_view text, double logprob) {
  json.open_object();
  json.text_member("text", text);
  json.open_array_member("token_ids");
  json.close_array();
  json.open_array_member("logprobs");
  json.number(logprob);
  json.close_array();
  json.close_object();
}

} // namespace inferenceflow::codecs::cohere
