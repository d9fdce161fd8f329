#include "learning/off_policy.h"

#include <array>
#include <cmath>
#include <gtest/gtest.h>
#include <random>

namespace inferenceflow::learning {
namespace {

/// Two arms, of which the second is right more often where x is great; the log prefers the first.
struct world {
  std::vector<logged_choice> rows = {};
  double worth = 0; ///< of the other policy
};

/// @param model_off  by how much the model's expectations are off.
world drawn(std::size_t count, std::uint64_t seed, double model_off) {
  std::mt19937_64 draws{seed};
  std::uniform_real_distribution<double> uniform;
  world made;
  for (std::size_t i = 0; i < count; ++i) {
    const double x = uniform(draws);
    const std::array means = {0.5, 0.2 + 0.7 * x};
    const double second = 0.1 + 0.3 * x;
    logged_choice row;
    row.chosen = uniform(draws) < second ? 1 : 0;
    row.propensity = row.chosen == 1 ? second : 1 - second;
    row.reward = uniform(draws) < means[row.chosen] ? 1 : 0;
    const double wants_second = x > 0.5 ? 0.95 : 0.05;
    row.wanted = {1 - wants_second, wants_second};
    row.expected = {means[0] + model_off, means[1] - model_off};
    made.worth += (row.wanted[0] * means[0] + row.wanted[1] * means[1]) / static_cast<double>(count);
    made.rows.push_back(row);
  }
  return made;
}

bool holds(const judged_value& judged, double truth) {
  return judged.interval.low <= truth && truth <= judged.interval.high;
}

TEST(judge_policy, finds_what_another_policy_is_worth) {
  int ips = 0;
  int normalised = 0;
  int robust = 0;
  int robust_off = 0;
  constexpr int k_runs = 40;
  for (std::uint64_t seed = 0; seed < k_runs; ++seed) {
    const world with = drawn(2000, seed, 0);
    const auto report = judge_policy(with.rows, {.resamples = 300});
    ASSERT_TRUE(report);
    ips += holds(report->weighted, with.worth) ? 1 : 0;
    normalised += holds(report->self_normalised, with.worth) ? 1 : 0;
    robust += holds(report->doubly_robust, with.worth) ? 1 : 0;
    const world off = drawn(2000, seed, 0.3);
    robust_off += holds(judge_policy(off.rows, {.resamples = 300})->doubly_robust, off.worth) ? 1 : 0;
    EXPECT_TRUE(report->doubt.empty()) << report->doubt;
    EXPECT_GT(report->doubly_robust.value, report->logged.value); // the other policy is better, and that is seen
  }
  EXPECT_GE(ips, 34);
  EXPECT_GE(normalised, 34);
  EXPECT_GE(robust, 34);
  EXPECT_GE(robust_off, 34); // a wrong model costs width, not truth
}

TEST(judge_policy, is_surest_with_a_good_model) {
  const auto report = judge_policy(drawn(2000, 1, 0).rows);
  ASSERT_TRUE(report);
  const auto width = [](const judged_value& each) { return each.interval.high - each.interval.low; };
  EXPECT_LT(width(report->doubly_robust), width(report->weighted));
  EXPECT_LT(report->effective_rows, 2000);
  EXPECT_GT(report->effective_rows, 500);
}

TEST(judge_policy, gives_the_logs_own_value_for_the_logs_own_policy) {
  auto rows = drawn(500, 2, 0).rows;
  for (auto& row : rows) {
    row.wanted = {row.chosen == 0 ? row.propensity : 1 - row.propensity,
                  row.chosen == 1 ? row.propensity : 1 - row.propensity};
    row.expected.clear();
  }
  const auto report = judge_policy(rows);
  ASSERT_TRUE(report);
  EXPECT_NEAR(report->weighted.value, report->logged.value, 1e-12);
  EXPECT_NEAR(report->doubly_robust.value, report->logged.value, 1e-12);
  EXPECT_NEAR(report->effective_rows, 500, 1e-6);
}

TEST(judge_policy, says_what_cannot_be_judged) {
  std::vector<logged_choice> rows(1000, logged_choice{.chosen = 0, .propensity = 1, .reward = 1, .wanted = {0, 1}});
  auto report = judge_policy(rows);
  ASSERT_TRUE(report);
  EXPECT_NE(report->doubt.find("never chose"), std::string::npos);
  EXPECT_EQ(report->effective_rows, 0);
  for (auto& row : rows) {
    row.wanted = {0.5, 0.5};
    row.possible = {true, false};
  }
  report = judge_policy(rows);
  EXPECT_DOUBLE_EQ(report->unsupported_share, 0.5);
  EXPECT_NE(report->doubt.find("50 %"), std::string::npos);
  rows.resize(50);
  EXPECT_NE(judge_policy(rows)->doubt.find("50 rows' worth"), std::string::npos);
}

TEST(judge_policy, cuts_weights_and_says_so) {
  std::vector<logged_choice> rows(
      1000, logged_choice{.chosen = 0, .propensity = 0.001, .reward = 1, .wanted = {1, 0}, .expected = {1, 0}});
  const auto report = judge_policy(rows);
  ASSERT_TRUE(report);
  EXPECT_DOUBLE_EQ(report->weight_greatest, 1000);
  EXPECT_DOUBLE_EQ(report->cut_share, 1);
  EXPECT_NE(report->doubt.find("cut"), std::string::npos);
  EXPECT_DOUBLE_EQ(report->weighted.value, off_policy_options{}.weight_max);
  EXPECT_DOUBLE_EQ(report->doubly_robust.value, 1); // the model carries what was cut
}

TEST(judge_policy, names_the_row_that_is_broken) {
  const logged_choice good{.chosen = 0, .propensity = 0.5, .reward = 1, .wanted = {0.5, 0.5}};
  const auto refused = [&](const logged_choice& bad) {
    const auto report = judge_policy(std::vector{good, bad});
    EXPECT_FALSE(report);
    return !report && report.error().message.find("row 2") != std::string::npos;
  };
  const double nan = std::nan("");
  EXPECT_TRUE(refused({.chosen = 2, .propensity = 0.5, .wanted = {0.5, 0.5}}));
  EXPECT_TRUE(refused({.propensity = 0, .wanted = {0.5, 0.5}}));
  EXPECT_TRUE(refused({.propensity = nan, .wanted = {0.5, 0.5}}));
  EXPECT_TRUE(refused({.reward = nan, .wanted = {0.5, 0.5}}));
  EXPECT_TRUE(refused({.wanted = {0.5, 0.6}}));
  EXPECT_TRUE(refused({.wanted = {1}}));
  EXPECT_TRUE(refused({.wanted = {0.5, 0.5}, .expected = {1}}));
  EXPECT_TRUE(refused({.wanted = {0.5, 0.5}, .possible = {false, true}}));
  EXPECT_FALSE(judge_policy({}));
  EXPECT_FALSE(judge_policy(std::vector{good}, {.weight_max = 0.5}));
  EXPECT_TRUE(judge_policy(std::vector{good}));
}

} // namespace
} // namespace inferenceflow::learning
