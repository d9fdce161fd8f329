#include "prompt_cache/planner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferenceflow::prompt_cache {
namespace {

using dialogue::cache_life;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto k_minutes = cache_life::minutes_5;
constexpr auto k_hour = cache_life::hour_1;

/// Blocks of 1,100 tokens, all of the history.
std::vector<boundary> blocks(std::size_t count) {
  std::vector<boundary> all;
  for (std::uint32_t i = 0; i < count; ++i) {
    all.push_back({.hash = i + 1, .tokens = 1'100 * (i + 1), .block = i, .depth = i + 1});
  }
  return all;
}

/// A chance to come back within five minutes for each block, and no better one within an hour.
std::vector<reuse> chances(std::initializer_list<double> each) {
  std::vector<reuse> all;
  for (const double chance : each) {
    all.push_back({.within_minutes = chance, .within_hour = chance});
  }
  return all;
}

model_rules minutes_only() {
  return {.marks = true, .hour = false};
}

TEST(tariff_test, break_even_is_the_issues_rule) {
  const tariff usual;
  EXPECT_NEAR(usual.break_even(1.25), 0.25 / 0.9, 1e-12);
  EXPECT_NEAR(usual.break_even(2), 1 / 0.9, 1e-12);
  EXPECT_EQ((tariff{.read = 0.5}.break_even(1)), 0) << "writing that costs nothing extra always pays";
  EXPECT_GT((tariff{.read = 1}.break_even(1.25)), 1e9);
}

TEST(tariff_test, comes_from_a_price_and_balances_a_bill) {
  const cost::price_tier sonnet{.input = {3'000'000'000},
                                .cached_input = {300'000'000},
                                .cache_write = {3'750'000'000},
                                .output = {},
                                .reasoning = {},
                                .cache_write_hour = {6'000'000'000}};
  const auto prices = tariff_of(sonnet);
  ASSERT_TRUE(prices);
  EXPECT_DOUBLE_EQ(prices->write_minutes, 1.25);
  EXPECT_DOUBLE_EQ(prices->write_hour, 2);
  EXPECT_DOUBLE_EQ(prices->read, 0.1);
  const balance got = balance_of({.cached_input = 1'000, .cache_write = 300, .cache_write_hour = 100}, sonnet);
  EXPECT_EQ(got.saved.nano_usd(), 2'700'000);
  EXPECT_EQ(got.spent.nano_usd(), 200 * 750 + 100 * 3'000);
  EXPECT_FALSE(tariff_of({})) << "free";
  EXPECT_FALSE(tariff_of(cost::flat_price({5}, {5}).tiers[0])) << "reading from the cache saves nothing";
}

TEST(planner_test, marks_where_more_reuses_are_expected_than_break_even) {
  const double even = 0.25 / 0.9; // reuses; a chance of p is p/(1-p) reuses
  const double chance = even / (1 + even);
  const auto pays = make_plan(blocks(1), chances({chance + 1e-6}), minutes_only(), {});
  EXPECT_THAT(pays.marks, ElementsAre(mark{0, k_minutes}));
  EXPECT_THAT(make_plan(blocks(1), chances({chance - 1e-6}), minutes_only(), {}).marks, IsEmpty());
}

TEST(planner_test, an_hour_costs_more_and_pays_for_late_returns_only) {
  const model_rules rules{.marks = true, .hour = true};
  std::vector<reuse> late{{.within_minutes = 0.01, .within_hour = 0.9}};
  EXPECT_THAT(make_plan(blocks(1), late, rules, {}).marks, ElementsAre(mark{0, k_hour}));
  std::vector<reuse> soon{{.within_minutes = 0.9, .within_hour = 0.9}};
  EXPECT_THAT(make_plan(blocks(1), soon, rules, {}).marks, ElementsAre(mark{0, k_minutes}));
  // Just below (2 − 1) / (1 − 0.1) reuses.
  std::vector<reuse> rare{{.within_minutes = 0.01, .within_hour = 0.526}};
  EXPECT_THAT(make_plan(blocks(1), rare, rules, {}).marks, IsEmpty());
  EXPECT_THAT(make_plan(blocks(1), late, minutes_only(), {}).marks, IsEmpty());
}

TEST(planner_test, longer_lives_stand_before_shorter_ones) {
  std::vector<reuse> mixed{{.within_minutes = 0.5, .within_hour = 0.95},
                           {.within_minutes = 0.5, .within_hour = 0.5},
                           {.within_minutes = 0.4, .within_hour = 0.4}};
  const auto made = make_plan(blocks(3), mixed, {.marks = true, .hour = true}, {});
  EXPECT_THAT(made.marks, ElementsAre(mark{0, k_hour}, mark{1, k_minutes}, mark{2, k_minutes}));
}

TEST(planner_test, never_more_than_four_and_those_that_help_most) {
  const auto made = make_plan(blocks(7), chances({0.95, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5}), minutes_only(), {});
  ASSERT_EQ(made.marks.size(), 4U);
  EXPECT_EQ(made.marks.front().at, 1U) << "of two that come back alike the deeper one";
  EXPECT_EQ(made.marks.back().at, 6U);
}

TEST(planner_test, what_is_kept_is_read_whatever_is_expected) {
  auto expected = chances({0.01, 0.01, 0.01});
  expected[1].kept = k_minutes;
  const auto made = make_plan(blocks(3), expected, minutes_only(), {});
  EXPECT_EQ(made.hit, 1U);
  EXPECT_THAT(made.marks, ElementsAre(mark{1, k_minutes})) << "nothing new is written";
}

TEST(planner_test, a_mark_stays_within_reach_of_what_is_kept) {
  std::vector<reuse> expected(40, {.within_minutes = 0.6, .within_hour = 0.6});
  expected[2].kept = k_minutes;
  const auto far = make_plan(blocks(40), expected, minutes_only(), {});
  EXPECT_THAT(far.marks, ElementsAre(mark{2, k_minutes}, mark{39, k_minutes}));
  expected[25].kept = k_minutes;
  EXPECT_THAT(make_plan(blocks(40), expected, minutes_only(), {}).marks, ElementsAre(mark{39, k_minutes}));
}

TEST(planner_test, short_prompts_and_blocks_that_take_no_mark_are_left_alone) {
  auto prompt = blocks(3);
  prompt[0].tokens = 1'000;
  prompt[1].markable = false;
  EXPECT_THAT(make_plan(prompt, chances({0.9, 0.9, 0.1}), minutes_only(), {}).marks, IsEmpty());
  prompt[1] = {.hash = 2, .tokens = 2'000, .block = 1, .depth = 0, .part = section::tools};
  EXPECT_THAT(make_plan(prompt, chances({0.9, 0.9, 0.1}), {.marks = true, .tools = false}, {}).marks, IsEmpty());
  EXPECT_THAT(make_plan(prompt, chances({0.9, 0.9, 0.1}), {.marks = true}, {}).marks, ElementsAre(mark{1, k_minutes}));
  EXPECT_THAT(make_plan({}, {}, minutes_only(), {}).marks, IsEmpty());
  EXPECT_THAT(make_plan(prompt, chances({0.9, 0.9, 0.9}), {}, {}).marks, IsEmpty()) << "a model without marks";
}

TEST(planner_test, the_clients_marks_count_and_nothing_goes_before_them) {
  auto prompt = blocks(6);
  const auto expected = chances({0.9, 0.8, 0.7, 0.6, 0.5, 0.4});
  prompt[0].client_mark = prompt[2].client_mark = k_hour;
  const auto made = make_plan(prompt, expected, {.marks = true, .hour = true}, {});
  ASSERT_EQ(made.marks.size(), 2U);
  EXPECT_GT(made.marks.front().at, 2U);
  for (const mark& each : made.marks) {
    EXPECT_EQ(each.life, k_minutes) << "behind an hour of the client's anything may follow, behind minutes no hour";
  }
  prompt[1].client_mark = prompt[3].client_mark = k_hour;
  EXPECT_THAT(make_plan(prompt, expected, minutes_only(), {}).marks, IsEmpty());
  prompt[4].client_mark = k_minutes; // five: the provider will refuse the request, not the gateway
  EXPECT_THAT(make_plan(prompt, expected, minutes_only(), {}).marks, IsEmpty());
}

TEST(model_rules_test, knows_who_takes_what) {
  using dialogue::protocol;
  EXPECT_EQ(rules_of(protocol::anthropic, "claude-sonnet-4-5").tokens_min, 1'024);
  EXPECT_EQ(rules_of(protocol::anthropic, "claude-haiku-4-5-20251001").tokens_min, 4'096);
  EXPECT_EQ(rules_of(protocol::anthropic, "claude-opus-4.6").tokens_min, 4'096);
  EXPECT_EQ(rules_of(protocol::anthropic, "claude-opus-4-8").tokens_min, 1'024);
  EXPECT_EQ(rules_of(protocol::anthropic, "claude-opus-5").tokens_min, 512);
  EXPECT_EQ(rules_of(protocol::anthropic, "claude-3-5-haiku-latest").tokens_min, 2'048);
  EXPECT_TRUE(rules_of(protocol::anthropic, "a-name-of-its-own").marks);
  EXPECT_FALSE(rules_of(protocol::anthropic, "claude-2.1").marks);
  EXPECT_TRUE(rules_of(protocol::bedrock, "us.anthropic.claude-sonnet-4-5-20250929-v1:0").hour);
  EXPECT_FALSE(rules_of(protocol::bedrock, "us.anthropic.claude-sonnet-4-20250514-v1:0").hour);
  EXPECT_TRUE(rules_of(protocol::bedrock, "us.anthropic.claude-sonnet-4-20250514-v1:0").marks);
  EXPECT_FALSE(rules_of(protocol::bedrock, "anthropic.claude-3-haiku-20240307-v1:0").marks);
  EXPECT_FALSE(rules_of(protocol::bedrock, "meta.llama3-70b-instruct-v1:0").marks);
  EXPECT_FALSE(rules_of(protocol::bedrock, "amazon.nova-lite-v1:0").tools);
  EXPECT_TRUE(rules_of(protocol::bedrock, "amazon.nova-lite-v1:0").marks);
  EXPECT_FALSE(rules_of(protocol::openai_chat, "gpt-4o").marks);
}

} // namespace
} // namespace inferenceflow::prompt_cache
