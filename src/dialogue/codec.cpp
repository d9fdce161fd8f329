#include "dialogue/codec.h"

namespace inferenceflow::dialogue {

result<request> codec::read_count_request(std::string_view, const request_target&) const {
  return make_error(error_kind::not_found, "this protocol has no call that counts tokens");
}

result<written_request> codec::write_count_request(const request&, std::string_view) const {
  return make_error(
      error_kind::invalid_request,
      "the provider of this model has no call that counts tokens; models of Anthropic and Gemini upstreams "
      "and local models can be counted",
      "model");
}

result<std::int64_t> codec::read_count_answer(std::string_view) const {
  return make_error(error_kind::upstream_failed, "the upstream's protocol has no count of tokens");
}

std::string codec::write_count_answer(std::int64_t) const {
  return {};
}

} // namespace inferenceflow::dialogue
