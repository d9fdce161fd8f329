#include "cost/estimate.h"
#include "cost/model_price.h"
#include "cost/price_table.h"

#include <gtest/gtest.h>
#include <limits>

namespace inferenceflow::cost {
namespace {

constexpr std::int64_t k_dollar = 1'000'000'000;

TEST(price_of_test, every_part_pays_its_own_price_once) {
  const model_price price{.tiers = {{.input_above = 0,
                                     .input = {1 * k_dollar},
                                     .cached_input = {10 * k_dollar},
                                     .cache_write = {100 * k_dollar},
                                     .output = {1'000 * k_dollar},
                                     .reasoning = {10'000 * k_dollar}}},
                          .per_request = money::from_nano_usd(7)};
  const token_usage usage{.fresh_input = 1, .cached_input = 2, .cache_write = 3, .output = 4, .reasoning = 5};
  EXPECT_EQ(price_of(usage, price), money::from_nano_usd(54'321'000 + 7));
}

TEST(price_of_test, what_is_written_for_an_hour_pays_its_own_price_instead) {
  model_price price = flat_price({}, {});
  price.tiers[0].cache_write = {1 * k_dollar};
  price.tiers[0].cache_write_hour = {100 * k_dollar};
  EXPECT_EQ(price_of({.cache_write = 5, .cache_write_hour = 2}, price), money::from_nano_usd(203'000));
  // More than was written at all, or less than nothing: a provider's mistake is not charged.
  EXPECT_EQ(price_of({.cache_write = 5, .cache_write_hour = 9}, price), money::from_nano_usd(500'000));
  EXPECT_EQ(price_of({.cache_write = 5, .cache_write_hour = -9}, price), money::from_nano_usd(5'000));
}

TEST(price_of_test, rounds_once_half_up) {
  // 0.0005 USD per million tokens = half a nano-dollar per token.
  const auto price = flat_price({500'000}, {500'000});
  EXPECT_EQ(price_of({.fresh_input = 1}, price), money::from_nano_usd(1));
  EXPECT_EQ(price_of({.fresh_input = 1, .output = 1}, price), money::from_nano_usd(1));
  EXPECT_EQ(price_of({.fresh_input = 1}, flat_price({499'999}, {})), money::from_nano_usd(0));
}

TEST(price_of_test, saturates_and_ignores_negative_counts) {
  const auto price = flat_price(k_price_max, k_price_max);
  constexpr auto largest = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(price_of({.fresh_input = largest / 2, .output = largest / 2}, price).nano_usd(), largest);
  EXPECT_EQ(price_of({.fresh_input = largest, .cached_input = largest, .cache_write = largest}, price).nano_usd(),
            largest);
  EXPECT_EQ(price_of({.fresh_input = -5, .output = -1}, price), money{});
}

TEST(price_of_test, tier_prices_the_whole_request_above_its_bound) {
  model_price price = flat_price({1 * k_dollar}, {2 * k_dollar});
  price.tiers.push_back({.input_above = 100,
                         .input = {10 * k_dollar},
                         .cached_input = {10 * k_dollar},
                         .cache_write = {10 * k_dollar},
                         .output = {20 * k_dollar},
                         .reasoning = {20 * k_dollar}});
  EXPECT_EQ(price_of({.fresh_input = 100, .output = 1}, price), money::from_nano_usd(102'000));
  EXPECT_EQ(price_of({.fresh_input = 1, .cached_input = 100, .output = 1}, price), money::from_nano_usd(1'030'000));
}

TEST(price_of_test, price_without_tiers_is_the_fee_alone) {
  EXPECT_EQ(price_of({.output = 100}, {.tiers = {}, .per_request = money::from_nano_usd(5)}), money::from_nano_usd(5));
}

TEST(model_prices_test, last_period_in_force_wins) {
  model_prices prices;
  prices.periods.push_back({.price = flat_price({1}, {1})});
  prices.periods.push_back({.from_ms = 1'000, .price = flat_price({2}, {2})});
  prices.periods.push_back({.daily_from_s = 3'600, .daily_until_s = 7'200, .price = flat_price({3}, {3})});
  const auto input_at = [&](std::int64_t unix_ms) {
    return prices.at(wall_time{std::chrono::milliseconds{unix_ms}}).tiers[0].input.nano_usd_per_mtok;
  };
  EXPECT_EQ(input_at(999), 1);
  EXPECT_EQ(input_at(1'000), 2);
  EXPECT_EQ(input_at(3'600'000), 3);
  EXPECT_EQ(input_at(7'199'999), 3);
  EXPECT_EQ(input_at(7'200'000), 2);
  EXPECT_EQ(input_at(-1), 1);
  EXPECT_EQ(input_at(-86'400'000 + 3'600'000), 3);
}

TEST(token_price_test, reads_decimals_exactly) {
  EXPECT_EQ(parse_token_price("0")->nano_usd_per_mtok, 0);
  EXPECT_EQ(parse_token_price("0.000000001")->nano_usd_per_mtok, 1);
  EXPECT_EQ(parse_token_price("15")->nano_usd_per_mtok, 15 * k_dollar);
  EXPECT_EQ(parse_token_price("3.75")->nano_usd_per_mtok, 3'750'000'000);
  EXPECT_EQ(*parse_token_price("1000000"), k_price_max);
}

TEST(token_price_test, refuses_what_is_no_price) {
  for (const char* text : {"", "-1", "+1", "1.", ".5", "1e3", "nan", "inf", " 1", "1 ", "1,5", "0x1", "1.2.3",
                           "0.0000000001", "1000000.000000001", "99999999999999999999"}) {
    EXPECT_FALSE(parse_token_price(text).has_value()) << text;
  }
}

TEST(estimate_test, counts_what_was_delivered) {
  EXPECT_EQ(estimate_usage({}), token_usage{});
  EXPECT_EQ(estimate_usage({.prompt_text_bytes = 9, .delivered_text_bytes = 4, .delivered_events = 3}),
            (token_usage{.fresh_input = 3, .output = 3}));
  EXPECT_EQ(estimate_usage({.delivered_text_bytes = 401, .delivered_events = 3}).output, 101);
  EXPECT_EQ(estimate_usage({.prompt_text_bytes = SIZE_MAX, .delivered_events = SIZE_MAX}),
            (token_usage{.fresh_input = k_tokens_max, .output = k_tokens_max}));
}

} // namespace
} // namespace inferenceflow::cost
