#include "codecs/tgi/tokens.h"

#include <algorithm>

namespace inferenceflow::codecs::tgi {

using dialogue::finish;
using dialogue::json_view;

dialogue::token_logprob read_token(const json_view& token, const json_view& top) {
  dialogue::token_logprob read{.token = std::string{token.member("text").text()},
                               .logprob = token.member("logprob").number().value_or(0)};
  top.each([&](const json_view& each) {
    read.top.emplace_back(each.member("text").text(), each.member("logprob").number().value_or(0));
  });
  return read;
}

finish finish_of(std::string_view reason, bool ours) noexcept {
  if (reason == "length") {
    return finish::length;
  }
  if (reason == "stop_sequence") {
    return ours ? finish::stop : finish::stop_sequence;
  }
  return reason.empty() || reason == "eos_token" ? finish::stop : finish::other;
}

std::optional<cost::token_usage> usage_of(std::optional<std::int64_t> prompt,
                                          std::optional<std::int64_t> generated) noexcept {
  if (!prompt || !generated) {
    return std::nullopt;
  }
  return cost::token_usage{.fresh_input = std::clamp<std::int64_t>(*prompt, 0, cost::k_tokens_max),
                           .output = std::clamp<std::int64_t>(*generated, 0, cost::k_tokens_max)};
}

} // namespace inferenceflow::codecs::tgi
