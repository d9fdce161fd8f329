#include "prompt_cache/tariff.h"

#include <algorithm>
#include <limits>

namespace inferenceflow::prompt_cache {

namespace {

__extension__ using wide = __int128;

/// A difference of two prices times tokens, rounded to the nearest nano-dollar; never below zero.
std::int64_t nano_usd(std::int64_t tokens, token_price dear, token_price cheap) {
  constexpr wide tokens_per_mtok = 1'000'000;
  const wide difference = std::max<std::int64_t>(dear.nano_usd_per_mtok - cheap.nano_usd_per_mtok, 0);
  return static_cast<std::int64_t>((difference * std::max<std::int64_t>(tokens, 0) + tokens_per_mtok / 2) /
                                   tokens_per_mtok);
}

} // namespace

double tariff::break_even(double write) const noexcept {
  return read < 1 ? std::max(write - 1, 0.0) / (1 - read) : std::numeric_limits<double>::infinity();
}

std::optional<tariff> tariff_of(const cost::price_tier& prices) noexcept {
  const auto fresh = static_cast<double>(prices.input.nano_usd_per_mtok);
  if (prices.input.nano_usd_per_mtok <= 0 || prices.cached_input >= prices.input) {
    return std::nullopt;
  }
  return tariff{.write_minutes = static_cast<double>(prices.cache_write.nano_usd_per_mtok) / fresh,
                .write_hour = static_cast<double>(prices.cache_write_hour.nano_usd_per_mtok) / fresh,
                .read = static_cast<double>(prices.cached_input.nano_usd_per_mtok) / fresh};
}

balance balance_of(const cost::token_usage& usage, const cost::price_tier& prices) noexcept {
  const std::int64_t hour = std::min(usage.cache_write_hour, usage.cache_write);
  return {.saved = money::from_nano_usd(nano_usd(usage.cached_input, prices.input, prices.cached_input)),
          .spent = money::from_nano_usd(nano_usd(usage.cache_write - hour, prices.cache_write, prices.input) +
                                        nano_usd(hour, prices.cache_write_hour, prices.input))};
}

} // namespace inferenceflow::prompt_cache
