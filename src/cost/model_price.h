/// What one model costs: per token, by size of the prompt, by date and time of day.
///
/// Role:      price_table holds them; price_of() multiplies them with a token_usage.
/// Lifecycle: plain values, immutable once the table is built.
/// Threading: value; no shared state.
/// Bounds:    k_price_tiers_max tiers, k_price_periods_max periods, each price ≤ k_price_max.
/// Source:    price lists as collected by pydantic/genai-prices (data/prices.json names commit and date).
#pragma once

#include "base/clock.h"
#include "base/money.h"
#include "cost/usage.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace inferenceflow::cost {

inline constexpr std::size_t k_price_tiers_max = 8;
inline constexpr std::size_t k_price_periods_max = 16;
/// 1,000,000 USD per million tokens: a larger number in a price file is a mistake.
inline constexpr token_price k_price_max{1'000'000'000'000'000};

/// Prices of a request whose prompt has more than `input_above` tokens. The whole request pays them, not the part
/// above.
struct price_tier {
  std::int64_t input_above = 0; ///< tokens, every input part counted
  token_price input;            ///< fresh input
  token_price cached_input;
  token_price cache_write;
  token_price output;
  token_price reasoning;
  token_price cache_write_hour = {}; ///< of token_usage::cache_write_hour
  friend bool operator==(const price_tier&, const price_tier&) = default;
};

/// One price set.
struct model_price {
  std::vector<price_tier> tiers; ///< ascending by input_above, the first from 0; empty = free
  money per_request = {};        ///< added once per request
  friend bool operator==(const model_price&, const model_price&) = default;
};

/// A flat price without tiers; cached input and cache writes cost as fresh input, reasoning as output.
[[nodiscard]] model_price flat_price(token_price input, token_price output);

/// When a price set applies; both conditions must hold.
struct price_period {
  std::int64_t from_ms = INT64_MIN;    ///< Unix time, inclusive
  std::int32_t daily_from_s = 0;       ///< seconds after midnight UTC, inclusive
  std::int32_t daily_until_s = 86'400; ///< exclusive
  model_price price = {};
};

/// Everything known about the price of one model of one provider.
struct model_prices {
  std::string provider;              ///< id in the price table, e.g. "openai"; "" for the ceiling
  std::string model;                 ///< id in the price table, e.g. "gpt-4o-mini"
  std::vector<price_period> periods; ///< never empty; the last that applies wins, the first when none does
  bool ceiling = false;              ///< no price was known: this is the configured ceiling, and it deserves a warning

  /// The price set in force at `at`. Lifetime: as this object.
  [[nodiscard]] const model_price& at(wall_time at) const noexcept;
};

/// The tier of a request whose prompt has `input_tokens` tokens; null when the price set has none (free).
/// Lifetime: as `price`.
[[nodiscard]] const price_tier* tier_of(const model_price& price, std::int64_t input_tokens) noexcept;

/// What `usage` costs: each part times its price, summed exactly, rounded once to the nearest nano-dollar (half up).
/// Saturates at money's bounds. Negative counts are taken as 0.
[[nodiscard]] money price_of(const token_usage& usage, const model_price& price) noexcept;

} // namespace inferenceflow::cost
