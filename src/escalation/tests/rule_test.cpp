#include "escalation/rule.h"

#include <array>
#include <gtest/gtest.h>
#include <limits>
#include <random>
#include <vector>

namespace inferenceflow::escalation {
namespace {

using std::chrono::milliseconds;

constexpr money usd_micro(std::int64_t micros) {
  return money::from_nano_usd(micros * 1000);
}

const std::array k_two_tiers = {tier{.cost = usd_micro(100), .time = milliseconds{500}, .p_wrong = 0.1},
                                tier{.cost = usd_micro(1000), .time = milliseconds{2000}, .p_wrong = 0.02}};

situation with(double p_wrong) {
  return {.p_wrong = p_wrong, .tiers = k_two_tiers};
}

TEST(rule, serves_what_is_trusted) {
  const ruling made = decide({}, with(0.9)); // no loss, no threshold: nothing speaks against it
  EXPECT_EQ(made.what, step::serve);
  EXPECT_EQ(made.why, cause::trusted);
  EXPECT_EQ(made.hindered, hindrance::none);
  EXPECT_FALSE(made.reason.empty());
}

TEST(rule, weighs_loss_against_the_dearer_cost) {
  const rule by{.loss = usd_micro(1000)};
  EXPECT_EQ(decide(by, with(0.15)).what, step::serve); // 0.05 × 1000 < 100
  const ruling made = decide(by, with(0.3));           // 0.2 × 1000 > 100
  EXPECT_EQ(made.what, step::escalate);
  EXPECT_EQ(made.why, cause::loss);
  EXPECT_EQ(made.tier, 0U);
  // A great loss is worth the better model: 0.28 × 100,000 − 1000 > 0.2 × 100,000 − 100.
  EXPECT_EQ(decide({.loss = usd_micro(100'000)}, with(0.3)).tier, 1U);
}

TEST(rule, takes_an_unknown_tier_for_right) {
  const std::array tiers = {tier{.cost = usd_micro(100)}};
  const rule by{.loss = usd_micro(1000)};
  EXPECT_EQ(decide(by, {.p_wrong = 0.11, .tiers = tiers}).what, step::escalate);
  EXPECT_EQ(decide(by, {.p_wrong = 0.09, .tiers = tiers}).what, step::serve);
}

TEST(rule, keeps_the_threshold_exactly) {
  const rule by{.threshold = 0.2, .threshold_kept = true};
  EXPECT_EQ(decide(by, with(std::nextafter(0.2, 0))).what, step::serve);
  const ruling made = decide(by, with(0.2));
  EXPECT_EQ(made.what, step::escalate);
  EXPECT_EQ(made.why, cause::threshold);
  EXPECT_EQ(decide({.threshold = 2, .threshold_kept = true}, with(1)).what, step::serve);
  EXPECT_EQ(decide({.threshold = 0, .threshold_kept = true}, with(0)).what, step::serve); // but no tier is better
  EXPECT_EQ(decide({.threshold = 0, .threshold_kept = true}, with(0)).hindered, hindrance::no_tier);
}

TEST(rule, passes_over_tiers_that_are_no_better) {
  const std::array tiers = {tier{.cost = usd_micro(1), .p_wrong = 0.5}, tier{.cost = usd_micro(9), .p_wrong = 0.1}};
  const ruling made = decide({.threshold = 0.2, .threshold_kept = true}, {.p_wrong = 0.4, .tiers = tiers});
  EXPECT_EQ(made.what, step::escalate);
  EXPECT_EQ(made.tier, 1U);
  const std::array alike = {tier{.cost = usd_micro(1), .p_wrong = 0.4}};
  EXPECT_EQ(decide({.threshold = 0.2, .threshold_kept = true}, {.p_wrong = 0.4, .tiers = alike}).what, step::serve);
}

TEST(rule, reaches_the_confidence_that_was_asked) {
  situation now = with(0.3);
  now.confidence_min = 0.7;
  EXPECT_EQ(decide({}, now).what, step::serve);
  now.confidence_min = 0.71;
  EXPECT_EQ(decide({}, now).why, cause::confidence);
  EXPECT_EQ(decide({}, now).what, step::escalate);
}

TEST(rule, names_the_first_cause) {
  situation now = with(0.0);
  now.seen = {.format_valid = false, .refusal = true, .empty = true};
  EXPECT_EQ(decide({}, now).why, cause::format);
  EXPECT_EQ(decide({.invalid_escalates = false}, now).why, cause::empty);
  now.seen.empty = false;
  EXPECT_EQ(decide({.invalid_escalates = false}, now).why, cause::refusal);
  EXPECT_EQ(decide({.invalid_escalates = false, .refusal_escalates = false}, now).why, cause::trusted);
}

TEST(rule, never_goes_past_budget_or_deadline) {
  const rule by{.threshold = 0.1, .threshold_kept = true};
  situation now = with(0.9);
  now.budget_left = usd_micro(99);
  EXPECT_EQ(decide(by, now).what, step::serve);
  EXPECT_EQ(decide(by, now).hindered, hindrance::budget);
  EXPECT_EQ(decide(by, now).why, cause::threshold);
  now.budget_left = usd_micro(100);
  EXPECT_EQ(decide(by, now).what, step::escalate);
  now.time_left = milliseconds{499};
  EXPECT_EQ(decide(by, now).hindered, hindrance::time);
  now.time_left = milliseconds{500};
  EXPECT_EQ(decide(by, now).tier, 0U);
  now.budget_left = usd_micro(-5);
  EXPECT_EQ(decide(by, now).hindered, hindrance::budget);
  now.tiers = {};
  EXPECT_EQ(decide(by, now).hindered, hindrance::no_tier);
}

TEST(rule, skips_what_is_not_usable) {
  std::vector<tier> tiers(k_two_tiers.begin(), k_two_tiers.end());
  tiers[0].usable = false;
  const rule by{.threshold = 0.1, .threshold_kept = true};
  EXPECT_EQ(decide(by, {.p_wrong = 0.5, .tiers = tiers}).tier, 1U);
}

TEST(rule, samples_while_that_is_cheap) {
  const rule by{.threshold = 0.2, .threshold_kept = true};
  situation now = with(0.5);
  now.samples_max = 5;
  now.sample_cost = usd_micro(10); // 4 × 10 ≤ half of 100
  EXPECT_EQ(decide(by, now).what, step::sample);
  now.samples = 5;
  EXPECT_EQ(decide(by, now).what, step::escalate);
  now.samples = 1;
  now.sample_cost = usd_micro(13);
  EXPECT_EQ(decide(by, now).what, step::escalate);
  now.sample_cost = usd_micro(10);
  now.seen.format_valid = false; // another sample of the same model is no cure
  EXPECT_EQ(decide(by, now).what, step::escalate);
  now.seen.format_valid = {};
  now.time_left = milliseconds{600};
  now.sample_time = milliseconds{700};
  EXPECT_EQ(decide(by, now).what, step::escalate);
}

TEST(rule, distrusts_what_is_no_number) {
  const rule by{.threshold = 0.5, .threshold_kept = true};
  EXPECT_EQ(decide(by, with(std::numeric_limits<double>::quiet_NaN())).what, step::escalate);
  EXPECT_EQ(decide(by, with(7)).what, step::escalate);
  EXPECT_EQ(decide(by, with(-7)).what, step::serve);
}

TEST(rule, holds_its_limits_whatever_comes) {
  std::mt19937_64 draws{11};
  std::uniform_int_distribution<std::int64_t> amounts{-200, 2000};
  std::uniform_real_distribution<double> shares;
  for (int i = 0; i < 20'000; ++i) {
    std::vector<tier> tiers(draws() % 4);
    for (tier& each : tiers) {
      each = {.cost = usd_micro(std::abs(amounts(draws))),
              .time = milliseconds{std::abs(amounts(draws))},
              .p_wrong = draws() % 2 == 0 ? std::optional{shares(draws)} : std::nullopt,
              .usable = draws() % 4 != 0};
    }
    situation now{.p_wrong = shares(draws),
                  .confidence_min = shares(draws),
                  .tiers = tiers,
                  .budget_left = usd_micro(amounts(draws)),
                  .time_left = milliseconds{amounts(draws)},
                  .samples_max = 3,
                  .sample_cost = usd_micro(5),
                  .sample_time = milliseconds{5}};
    const ruling made =
        decide({.loss = usd_micro(amounts(draws)), .threshold = shares(draws), .threshold_kept = true}, now);
    if (made.what == step::escalate) {
      ASSERT_LT(made.tier, tiers.size());
      ASSERT_TRUE(tiers[made.tier].usable);
      ASSERT_LE(tiers[made.tier].cost, *now.budget_left);
      ASSERT_LE(tiers[made.tier].time, *now.time_left);
    } else if (made.what == step::sample) {
      ASSERT_LE(now.sample_cost, *now.budget_left);
      ASSERT_LE(now.sample_time, *now.time_left);
    }
    ASSERT_EQ(made.what == step::serve && made.why != cause::trusted, made.hindered != hindrance::none);
  }
}

} // namespace
} // namespace inferenceflow::escalation
