#include "escalation/risk_control.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

namespace inferenceflow::escalation {
namespace {

/// A cheap model whose P(wrong) is known roughly, and a dearer one that is right nine times in ten.
std::vector<judged> requests(std::size_t count, std::mt19937_64& draws) {
  std::uniform_real_distribution<double> uniform;
  std::vector<judged> rows(count);
  for (judged& row : rows) {
    const double real = std::pow(uniform(draws), 2);
    row.p_wrong = std::clamp(real + 0.2 * (uniform(draws) - 0.5), 0.0, 1.0);
    row.loss = uniform(draws) < real && uniform(draws) < 0.9;
  }
  return rows;
}

double risk(std::span<const judged> rows, double below) {
  const auto lost =
      std::count_if(rows.begin(), rows.end(), [&](const judged& row) { return row.loss && row.p_wrong < below; });
  return static_cast<double>(lost) / static_cast<double>(rows.size());
}

TEST(control_risk, takes_the_threshold_of_the_paper) {
  std::mt19937_64 draws{1};
  const auto rows = requests(1000, draws);
  const risk_target target{.alpha = 0.05, .confidence = 0};
  const auto found = control_risk(rows, target);
  ASSERT_TRUE(found);
  const double n = 1000;
  const auto bound = [&](double below) { return n / (n + 1) * risk(rows, below) + 1 / (n + 1); };
  EXPECT_LE(bound(found->serve_below), target.alpha);
  EXPECT_GT(bound(std::nextafter(found->serve_below, 1)), target.alpha); // and no greater one would do
  EXPECT_EQ(found->losses, *losses_allowed(1000, target));
  EXPECT_GT(found->served_share, 0.3);
}

class resplits : public ::testing::TestWithParam<double> {};

TEST_P(resplits, keep_alpha_in_at_least_95_percent) {
  constexpr int k_resplits = 200;
  const double alpha = GetParam();
  std::mt19937_64 draws{7};
  auto rows = requests(2000, draws);
  int broken = 0;
  int broken_without = 0;
  double risks = 0;
  for (int i = 0; i < k_resplits; ++i) {
    std::shuffle(rows.begin(), rows.end(), draws);
    const std::span<const judged> labels{rows.data(), 1000};
    const std::span<const judged> tested{rows.data() + 1000, 1000};
    broken += risk(tested, control_risk(labels, {.alpha = alpha})->serve_below) > alpha ? 1 : 0;
    const double expected_only = risk(tested, control_risk(labels, {.alpha = alpha, .confidence = 0})->serve_below);
    broken_without += expected_only > alpha ? 1 : 0;
    risks += expected_only / k_resplits;
  }
  // 5 % and two standard errors of 200 resplits.
  EXPECT_LE(broken, k_resplits * 8 / 100);
  // The published bound holds on average, which is another promise.
  EXPECT_LE(risks, alpha + 0.002);
  EXPECT_GT(broken_without, k_resplits / 5);
}

INSTANTIATE_TEST_SUITE_P(alphas, resplits, ::testing::Values(0.02, 0.05, 0.1));

TEST(control_risk, keeps_alpha_on_fresh_draws) {
  std::mt19937_64 draws{3};
  int broken = 0;
  for (int i = 0; i < 200; ++i) {
    const auto labels = requests(800, draws);
    const auto next = requests(400, draws);
    const auto found = control_risk(labels, {.alpha = 0.05, .confidence = 0.9, .horizon = 400});
    broken += risk(next, found->serve_below) > 0.05 ? 1 : 0;
  }
  EXPECT_LE(broken, 200 * 15 / 100);
}

TEST(control_risk, serves_all_of_a_model_that_is_never_worse_and_none_of_one_that_always_is) {
  std::vector<judged> rows(600, judged{.p_wrong = 1, .loss = false});
  EXPECT_EQ(control_risk(rows, {})->serve_below, k_serves_all);
  EXPECT_EQ(control_risk(rows, {})->served_share, 1);
  std::for_each(rows.begin(), rows.end(), [](judged& row) { row = {.p_wrong = 0.5, .loss = true}; });
  EXPECT_EQ(control_risk(rows, {})->served_share, 0); // all are alike: either none or all
  EXPECT_EQ(risk(rows, control_risk(rows, {})->serve_below), 0);
}

TEST(control_risk, serves_nothing_for_an_alpha_that_so_few_labels_cannot_prove) {
  std::vector<judged> rows(600, judged{.p_wrong = 0.1});
  EXPECT_FALSE(losses_allowed(600, {.alpha = 0.001}));
  EXPECT_EQ(control_risk(rows, {.alpha = 0.001})->serve_below, 0);
  EXPECT_EQ(losses_allowed(999, {.alpha = 0.001, .confidence = 0}), std::optional<std::size_t>{0});
}

TEST(control_risk, refuses_what_cannot_be_promised) {
  std::vector<judged> rows(k_labels_min - 1, judged{.p_wrong = 0.1});
  const auto few = control_risk(rows, {});
  ASSERT_FALSE(few);
  EXPECT_EQ(few.error().kind, error_kind::invalid_request);
  EXPECT_NE(few.error().message.find("499 labels"), std::string::npos);
  rows.resize(k_labels_min);
  EXPECT_TRUE(control_risk(rows, {}));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double alpha : {0.0, 1.0, -1.0, nan}) {
    EXPECT_FALSE(control_risk(rows, {.alpha = alpha}));
  }
  EXPECT_FALSE(control_risk(rows, {.confidence = 1}));
  rows[7].p_wrong = nan;
  EXPECT_NE(control_risk(rows, {}).error().message.find("row 8"), std::string::npos);
}

TEST(losses_allowed, grow_with_labels_and_fall_with_confidence) {
  std::size_t before = 0;
  for (const std::size_t labels : {500U, 1000U, 5000U, 50'000U}) {
    const auto sure = losses_allowed(labels, {.alpha = 0.05, .confidence = 0.95});
    ASSERT_TRUE(sure);
    EXPECT_GT(*sure, before);
    EXPECT_LT(*sure, *losses_allowed(labels, {.alpha = 0.05, .confidence = 0.5}));
    EXPECT_LE(*losses_allowed(labels, {.alpha = 0.05, .confidence = 0.5}),
              *losses_allowed(labels, {.alpha = 0.05, .confidence = 0}));
    before = *sure;
  }
}

TEST(losses_allowed, are_what_one_more_request_of_a_kind_can_bear) {
  // One request more, among 999 labels: it is lost before the threshold if it is among the first losses in the order of
  // P(wrong), those allowed and one. That happens in at most 5 % of the orders if it is among the first 50.
  EXPECT_EQ(losses_allowed(999, {.alpha = 0.5, .confidence = 0.95, .horizon = 1}), std::optional<std::size_t>{49});
}

} // namespace
} // namespace inferenceflow::escalation
