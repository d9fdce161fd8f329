#include "cost/model_price.h"

#include <algorithm>
#include <limits>

namespace inferenceflow::cost {

namespace {

__extension__ using wide = __int128;

wide part(std::int64_t tokens, token_price price) {
  return static_cast<wide>(std::max<std::int64_t>(tokens, 0)) * price.nano_usd_per_mtok;
}

const price_tier& tier_for(wide input_tokens, const std::vector<price_tier>& tiers) {
  const auto above = std::find_if(tiers.begin() + 1, tiers.end(),
                                  [&](const price_tier& tier) { return tier.input_above >= input_tokens; });
  return *(above - 1);
}

std::int64_t second_of_day(wall_time at) {
  constexpr std::int64_t ms_per_day = 86'400'000;
  const std::int64_t rest = to_unix_ms(at) % ms_per_day;
  return (rest < 0 ? rest + ms_per_day : rest) / 1'000;
}

} // namespace

model_price flat_price(token_price input, token_price output) {
  return model_price{.tiers = {price_tier{.input_above = 0,
                                          .input = input,
                                          .cached_input = input,
                                          .cache_write = input,
                                          .output = output,
                                          .reasoning = output,
                                          .cache_write_hour = input}},
                     .per_request = {}};
}

const model_price& model_prices::at(wall_time at) const noexcept {
  if (periods.size() > 1) {
    const std::int64_t now_ms = to_unix_ms(at);
    const std::int64_t second = second_of_day(at);
    for (auto period = periods.rbegin(); period != periods.rend(); ++period) {
      if (period->from_ms <= now_ms && period->daily_from_s <= second && second < period->daily_until_s) {
        return period->price;
      }
    }
  }
  return periods.front().price;
}

const price_tier* tier_of(const model_price& price, std::int64_t input_tokens) noexcept {
  return price.tiers.empty() ? nullptr : &tier_for(input_tokens, price.tiers);
}

money price_of(const token_usage& usage, const model_price& price) noexcept {
  if (price.tiers.empty()) {
    return price.per_request;
  }
  const price_tier& tier =
      tier_for(static_cast<wide>(usage.fresh_input) + usage.cached_input + usage.cache_write, price.tiers);
  const std::int64_t written = std::max<std::int64_t>(usage.cache_write, 0);
  const std::int64_t for_hour = std::clamp<std::int64_t>(usage.cache_write_hour, 0, written);
  const wide sum = part(usage.fresh_input, tier.input) + part(usage.cached_input, tier.cached_input) +
                   part(written - for_hour, tier.cache_write) + part(for_hour, tier.cache_write_hour) +
                   part(usage.output, tier.output) + part(usage.reasoning, tier.reasoning);
  constexpr wide tokens_per_mtok = 1'000'000;
  const wide nano_usd = (sum + tokens_per_mtok / 2) / tokens_per_mtok;
  constexpr wide largest = std::numeric_limits<std::int64_t>::max();
  return money::from_nano_usd(static_cast<std::int64_t>(std::min(nano_usd, largest))) + price.per_request;
}

} // namespace inferenceflow::cost
