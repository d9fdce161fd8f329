#include "pipeline/settle.h"

#include <gtest/gtest.h>

namespace inferenceflow::pipeline {
namespace {

class price_test : public testing::Test {
protected:
  price_test() {
    auto prices = std::make_shared<cost::model_prices>();
    prices->periods.push_back({.price = cost::flat_price({1'000'000'000}, {2'000'000'000})}); // 1 and 2 USD per Mtok
    route_.price = prices;
    route_.provider = "up";
    route_.upstream_model = "m";
    ended_.route = &route_;
    ended_.usage = {.fresh_input = 10, .output = 5};
  }
  routing::route route_;
  outcome ended_;
};

TEST_F(price_test, a_batch_costs_its_share_and_saves_the_rest) {
  ended_.charged = true;
  ended_.batched = true;
  ended_.price_percent = 50;
  EXPECT_EQ(price(ended_, wall_time{}).cost, money::from_nano_usd(10'000));
  EXPECT_EQ(price(ended_, wall_time{}).saved, money::from_nano_usd(10'000));
  ended_.price_percent = 33;
  EXPECT_EQ(price(ended_, wall_time{}).cost, money::from_nano_usd(6'600));
  EXPECT_EQ(price(ended_, wall_time{}).saved, money::from_nano_usd(13'400));
}

TEST_F(price_test, who_caused_the_call_pays_for_it) {
  ended_.charged = true;
  ended_.direct = money::from_nano_usd(999); // of no meaning for a call of its own
  const answer_note note = price(ended_, wall_time{});
  EXPECT_EQ(note.cost, money::from_nano_usd(20'000));
  EXPECT_EQ(note.saved, money{});
  EXPECT_EQ(note.provider, "up");
  EXPECT_EQ(note.model, "m");
}

TEST_F(price_test, an_answer_that_another_backend_began_has_both_prices) {
  ended_.charged = true;
  ended_.elsewhere = {.fresh_input = 4, .output = 2};
  ended_.elsewhere_cost = money::from_nano_usd(123);
  EXPECT_EQ(price(ended_, wall_time{}).cost, money::from_nano_usd(6 * 1'000 + 3 * 2'000 + 123));
}

TEST_F(price_test, what_was_thrown_away_is_paid_although_the_request_failed) {
  ended_.charged = false;
  ended_.usage = ended_.elsewhere = {.fresh_input = 4, .output = 2};
  ended_.elsewhere_cost = money::from_nano_usd(123);
  EXPECT_EQ(price(ended_, wall_time{}).cost, money::from_nano_usd(123));
  EXPECT_EQ(price(ended_, wall_time{}).saved, money{});
}

TEST_F(price_test, hits_and_followers_cost_nothing_and_save_what_the_call_cost) {
  ended_.charged = false;
  ended_.direct = money::from_nano_usd(777);
  const answer_note note = price(ended_, wall_time{});
  EXPECT_EQ(note.cost, money{});
  EXPECT_EQ(note.saved, money::from_nano_usd(777));
}

TEST_F(price_test, without_a_route_there_is_nothing_to_pay_or_to_name) {
  ended_.route = nullptr;
  ended_.charged = true;
  const answer_note note = price(ended_, wall_time{});
  EXPECT_EQ(note.cost, money{});
  EXPECT_TRUE(note.provider.empty());
}

} // namespace
} // namespace inferenceflow::pipeline
