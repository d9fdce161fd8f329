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

namespace {

bool is_garbage(const token_usage& usage) {
  const auto largest = std::max({usage.input(), usage.output, usage.reasoning});
  return largest >= k_tokens_max;
}

} // namespace

billed_usage bill_by(const std::optional<token_usage>& reported, const observed_traffic& traffic) noexcept {
  const token_usage guessed = estimate_usage(traffic);
  const bool says_nothing = reported && reported->total() == 0 && guessed.output > 0;
  if (!reported || says_nothing || is_garbage(*reported)) {
    return {guessed, usage_source::estimated};
  }
  billed_usage bill{*reported, usage_source::reported};
  const bool falls_short = traffic.text_behind_count && guessed.output > reported->completion();
  if (guessed.output > 0 && (reported->completion() == 0 || falls_short)) {
    bill.usage.output = guessed.output;
    bill.usage.reasoning = 0; // the estimate counts thoughts too
    bill.source = usage_source::estimated;
  }
  return bill;
}

} // namespace inferenceflow::cost
