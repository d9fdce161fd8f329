#include "cost/estimate.h"

#include <algorithm>

namespace inferenceflow::cost {

namespace {

constexpr std::size_t k_bytes_per_token = 4;

std::int64_t clamped(std::size_t tokens) {
  return static_cast<std::int64_t>(std::min(tokens, static_cast<std::size_t>(k_tokens_max)));
}

std::size_t tokens_in(std::size_t text_bytes) {
  return text_bytes / k_bytes_per_token + (text_bytes % k_bytes_per_token != 0 ? 1 : 0);
}

} // namespace

token_usage estimate_usage(const observed_traffic& traffic) noexcept {
  token_usage usage;
  usage.fresh_input = clamped(tokens_in(traffic.prompt_text_bytes));
  usage.output = clamped(std::max(traffic.delivered_events, tokens_in(traffic.delivered_text_bytes)));
  return usage;
}

} // namespace inferenceflow::cost
