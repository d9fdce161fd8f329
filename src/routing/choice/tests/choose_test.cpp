#include "routing/choice/choose.h"

#include <gtest/gtest.h>
#include <vector>

namespace inferenceflow::routing {
namespace {

constexpr std::int64_t k_nano = 1'000'000'000;

cost::model_price priced(std::int64_t input_usd_mtok, std::int64_t output_usd_mtok) {
  auto price = cost::flat_price(token_price{input_usd_mtok * k_nano}, token_price{output_usd_mtok * k_nano});
  price.tiers.front().cached_input = token_price{input_usd_mtok * k_nano / 10};
  return price;
}

/// 4,000 bytes are 1,000 tokens; answers of 100 tokens.
class choosing : public testing::Test {
protected:
  choosing()
      : cheap_(priced(1, 1))
      , dear_(priced(10, 10)) {
    asked_.prompt_bytes = 4'000;
    among_ = {{.provider = "p", .model = "dear", .price = &dear_, .quality = 0.9, .output_tokens = 100},
              {.provider = "p", .model = "cheap", .price = &cheap_, .quality = 0.88, .output_tokens = 100}};
    wanted_.quality_min = 0.95;
  }
  [[nodiscard]] decision choice() const { return choose("auto", asked_, among_, wanted_); }
  [[nodiscard]] std::string chosen() const {
    const decision made = choice();
    return made.chosen < 0 ? "" : made.candidates[static_cast<std::size_t>(made.chosen)].model;
  }

  cost::model_price cheap_;
  cost::model_price dear_;
  wishes asked_;
  std::vector<candidate> among_;
  preference wanted_;
};

TEST_F(choosing, takes_the_cheapest_that_is_good_enough) {
  const decision made = choice();
  EXPECT_EQ(made.chosen, 1);
  EXPECT_EQ(made.candidates[0].why, verdict::dearer);
  EXPECT_EQ(made.order, (std::vector<std::size_t>{1, 0}));
  EXPECT_NEAR(made.candidates[1].cost_usd, 0.0011, 1e-12);
  EXPECT_NEAR(made.candidates[0].cost_usd, 0.011, 1e-12);
}

TEST_F(choosing, quality_below_the_floor_is_a_fallback_with_its_reason) {
  among_[1].quality = 0.8;
  const decision made = choice();
  EXPECT_EQ(made.chosen, 0);
  EXPECT_EQ(made.candidates[1].why, verdict::quality);
  EXPECT_NE(made.candidates[1].detail.find("0.855"), std::string::npos) << made.candidates[1].detail;
  EXPECT_EQ(made.order.back(), 1U);
}

TEST_F(choosing, nothing_is_put_before_the_operators_first_when_no_quality_is_known) {
  among_[0].quality = -1;
  among_[1].quality = -1;
  EXPECT_EQ(chosen(), "dear");
}

TEST_F(choosing, a_model_nobody_has_measured_comes_after_those_that_are_too_weak) {
  among_[1].quality = 0.1;
  among_.push_back({.provider = "p", .model = "new", .price = &cheap_});
  const decision made = choice();
  EXPECT_EQ(made.order, (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_EQ(made.candidates[2].why, verdict::unknown_quality);
}

TEST_F(choosing, latency_optimal_takes_the_fastest_that_is_good_enough) {
  wanted_.which = strategy::latency_optimal;
  among_[0].speed = {.first_token_s = 0.2, .per_token_s = 0.01};
  among_[1].speed = {.first_token_s = 0.5, .per_token_s = 0.02};
  const decision made = choice();
  EXPECT_EQ(made.chosen, 0);
  EXPECT_EQ(made.candidates[1].why, verdict::slower);
  EXPECT_NEAR(made.candidates[0].seconds, 0.2 + 99 * 0.01, 1e-9);
}

TEST_F(choosing, balanced_weighs_both) {
  wanted_.which = strategy::balanced;
  among_[0].speed = {.first_token_s = 0.1, .per_token_s = 0.01};
  among_[1].speed = {.first_token_s = 0.2, .per_token_s = 0.02}; // twice as slow, a tenth of the cost
  wanted_.cost_weight = 0.9;
  EXPECT_EQ(chosen(), "cheap");
  wanted_.cost_weight = 0.1;
  EXPECT_EQ(chosen(), "dear");
}

TEST_F(choosing, the_prefix_that_a_switch_throws_away_is_priced_in) {
  dear_ = priced(2, 2);
  EXPECT_EQ(chosen(), "cheap");
  among_[0].warm_bytes = 4'000; // 1,000 tokens at a tenth of 2 USD are cheaper than at 1 USD
  const decision made = choice();
  EXPECT_EQ(made.chosen, 0);
  EXPECT_NEAR(made.candidates[0].cost_usd, 0.0002 + 0.0002, 1e-12);
  among_[0].warm_bytes = 40'000; // of a conversation that was longer then
  EXPECT_NEAR(choice().candidates[0].cost_usd, 0.0002 + 0.0002, 1e-12);
}

TEST_F(choosing, a_long_prompt_and_a_price_per_request_are_priced_in) {
  cheap_.per_request = money::from_nano_usd(7'000'000);
  auto above = priced(4, 4).tiers.front();
  above.input_above = 999;
  cheap_.tiers.push_back(above);
  EXPECT_NEAR(choice().candidates[1].cost_usd, 0.007 + 1'100 * 4e-6, 1e-12);
}

TEST_F(choosing, tokens_are_counted_as_the_target_counts_them) {
  among_[0].tokens_per_byte = 0.5;
  const decision made = choice();
  EXPECT_NEAR(made.candidates[0].cost_usd, 2'100 * 10e-6, 1e-12);
  EXPECT_NEAR(made.candidates[1].cost_usd, 2'100 * 1e-6, 1e-12) << "a stranger counts as the others do";
}

TEST_F(choosing, a_higher_price_of_money_moves_to_the_cheaper) {
  wanted_.quality_min = 0;
  wanted_.quality_weight = 3;
  among_[1].quality = 0.3;
  EXPECT_EQ(chosen(), "dear");
  wanted_.usd_price = 150; // 1.5 for the dear one's cent
  EXPECT_EQ(chosen(), "cheap");
}

TEST_F(choosing, in_order_keeps_the_routes_order) {
  wanted_.which = strategy::in_order;
  among_[1].quality = 0.99;
  const decision made = choice();
  EXPECT_EQ(made.order, (std::vector<std::size_t>{0, 1}));
  EXPECT_EQ(made.candidates[1].why, verdict::next);
  among_[0].can.context_tokens = 10;
  EXPECT_EQ(chosen(), "cheap");
}

TEST_F(choosing, a_free_reference_is_not_left_for_one_that_costs) {
  const cost::model_price free{};
  std::swap(among_[0], among_[1]);
  among_[1].price = &free;
  EXPECT_EQ(chosen(), "dear");
}

TEST_F(choosing, the_reference_is_the_best_of_those_that_can_be_asked) {
  among_.push_back({.provider = "p", .model = "best", .price = &dear_, .quality = 1, .healthy = false});
  EXPECT_EQ(chosen(), "cheap") << "0.88 is enough beside 0.9, not beside 1";
}

TEST_F(choosing, what_is_just_enough_is_enough) {
  among_[1].quality = 0.95 * 0.9;
  EXPECT_EQ(chosen(), "cheap") << "of the quality";
  among_[1].can.context_tokens = 1'000;
  EXPECT_EQ(chosen(), "cheap") << "of the context";
  cheap_ = {.tiers = {}, .per_request = money::from_nano_usd(k_nano / 4)};
  dear_.per_request = money::from_nano_usd(k_nano);
  asked_.budget = money::from_nano_usd(k_nano / 4);
  EXPECT_EQ(chosen(), "cheap") << "of the budget";
  asked_.latency = std::chrono::milliseconds{500};
  among_[1].speed = {.first_token_s = 0.5, .first_token_high_s = 0.5};
  EXPECT_EQ(chosen(), "cheap") << "of the time";
}

TEST_F(choosing, those_that_are_not_good_enough_follow_by_quality) {
  among_[1].quality = 0.3;
  among_.push_back({.provider = "p", .model = "middle", .price = &cheap_, .quality = 0.5});
  EXPECT_EQ(choice().order, (std::vector<std::size_t>{0, 2, 1}));
}

TEST_F(choosing, who_was_never_measured_counts_as_fast_as_the_reference) {
  wanted_.which = strategy::latency_optimal;
  among_[0].speed = {.first_token_s = 1, .per_token_s = 0.1};
  EXPECT_EQ(chosen(), "dear") << "nothing speaks for the stranger";
  EXPECT_EQ(choice().candidates[1].why, verdict::next);
  std::swap(among_[0].speed, among_[1].speed);
  EXPECT_EQ(chosen(), "dear");
  EXPECT_EQ(choice().candidates[1].why, verdict::next) << "slower than what is not known?";
}

TEST_F(choosing, latency_optimal_never_says_dearer) {
  wanted_.which = strategy::latency_optimal;
  among_[0].speed = {.first_token_s = 0.5, .per_token_s = 0.02};
  among_[1].speed = {.first_token_s = 0.2, .per_token_s = 0.01};
  EXPECT_EQ(choice().candidates[0].why, verdict::slower);
}

TEST_F(choosing, each_incapability_excludes_with_its_verdict) {
  struct row {
    verdict why;
    void (*ask)(wishes&);
    void (*lack)(candidate&);
  };
  const row rows[] = {
      {verdict::context, [](wishes&) {}, [](candidate& one) { one.can.context_tokens = 500; }},
      {verdict::tools, [](wishes& asked) { asked.tools = true; }, [](candidate& one) { one.can.tools = false; }},
      {verdict::images, [](wishes& asked) { asked.images = true; }, [](candidate& one) { one.can.images = false; }},
      {verdict::json_schema, [](wishes& asked) { asked.json_schema = true; },
       [](candidate& one) { one.can.json_schema = false; }},
      {verdict::reasoning, [](wishes& asked) { asked.reasoning = true; },
       [](candidate& one) { one.can.reasoning = false; }},
      {verdict::streaming, [](wishes& asked) { asked.streamed = true; },
       [](candidate& one) { one.can.streaming = false; }},
      {verdict::unhealthy, [](wishes&) {}, [](candidate& one) { one.healthy = false; }},
  };
  const auto asked = asked_;
  const auto among = among_;
  for (const row& one : rows) {
    asked_ = asked;
    among_ = among;
    one.ask(asked_);
    EXPECT_EQ(chosen(), "cheap") << to_string(one.why);
    one.lack(among_[1]);
    const decision made = choice();
    EXPECT_EQ(made.chosen, 0) << to_string(one.why);
    EXPECT_EQ(made.candidates[1].why, one.why);
    EXPECT_EQ(made.order.size(), 1U) << "excluded ones are no fallback either";
  }
}

TEST_F(choosing, allow_list_and_tags) {
  const std::vector<std::string> eu{"eu"};
  among_[0].tags = eu;
  asked_.tags = eu;
  EXPECT_EQ(choice().candidates[1].why, verdict::tags);
  EXPECT_EQ(chosen(), "dear");
  asked_.tags = {};
  const std::vector<std::string> allowed{"p/dear"};
  asked_.models = allowed;
  EXPECT_EQ(choice().candidates[1].why, verdict::not_allowed);
  const std::vector<std::string> other{"q/dear"};
  asked_.models = other;
  EXPECT_EQ(chosen(), "");
}

TEST_F(choosing, budget_and_latency_of_the_request) {
  asked_.budget = money::from_nano_usd(2'000'000);
  EXPECT_EQ(choice().candidates[0].why, verdict::budget);
  asked_.budget.reset();
  asked_.latency = std::chrono::milliseconds{1'000};
  among_[1].speed = {.first_token_s = 0.1, .first_token_high_s = 0.9, .per_token_s = 0.001, .per_token_high_s = 0.01};
  EXPECT_EQ(choice().candidates[1].why, verdict::latency);
  EXPECT_EQ(chosen(), "dear") << "never measured: it may try";
  among_[1].speed = {.first_token_s = 0.1, .first_token_high_s = 1.1};
  EXPECT_EQ(choice().candidates[1].why, verdict::latency) << "one request in twenty would be late";
}

TEST_F(choosing, says_what_excluded_each_when_nobody_is_left) {
  asked_.budget = money::from_nano_usd(1);
  asked_.tools = true;
  among_[1].can.tools = false;
  const decision made = choice();
  EXPECT_EQ(made.chosen, -1);
  EXPECT_TRUE(made.order.empty());
  const std::string why = why_nobody(made);
  EXPECT_NE(why.find("dear (p): costs about"), std::string::npos) << why;
  EXPECT_NE(why.find("cheap (p): takes no tools"), std::string::npos) << why;
}

TEST_F(choosing, the_answer_is_never_longer_than_its_limit) {
  asked_.output_tokens_max = 10;
  EXPECT_EQ(choice().candidates[0].output_tokens, 10U);
  asked_.output_tokens_max = -5;
  EXPECT_EQ(choice().candidates[0].output_tokens, 1U);
}

TEST_F(choosing, who_has_not_answered_yet_is_taken_to_answer_like_the_others) {
  among_[0].output_tokens = 9;
  among_[1].output_tokens = 0;
  const decision made = choice();
  EXPECT_EQ(made.chosen, 1);
  EXPECT_EQ(made.candidates[1].output_tokens, 9U);
}

TEST_F(choosing, among_nobody_chooses_nobody) {
  among_.clear();
  EXPECT_EQ(choice().chosen, -1);
}

} // namespace
} // namespace inferenceflow::routing
