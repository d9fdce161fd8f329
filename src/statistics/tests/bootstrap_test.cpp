#include "statistics/bootstrap.h"
#include "statistics/calibration.h"

#include <cmath>
#include <gtest/gtest.h>
#include <random>

namespace inferenceflow::statistics {
namespace {

double unit(std::mt19937_64& random) {
  return static_cast<double>(random() >> 11U) * 0x1.0p-53;
}

TEST(bootstrap, mean_lies_within_and_the_width_is_that_of_theory) {
  std::mt19937_64 random{3};
  std::vector<double> values;
  for (int i = 0; i < 2000; ++i) {
    values.push_back(unit(random));
  }
  const auto found = bootstrap_mean(values, {.rounds = 2000});
  ASSERT_TRUE(found);
  EXPECT_LT(found->low, 0.5);
  EXPECT_GT(found->high, 0.5);
  EXPECT_NEAR(found->high - found->low, 2 * 1.96 * std::sqrt(1.0 / 12 / 2000), 0.002);
}

TEST(bootstrap, holds_the_truth_about_as_often_as_it_says) {
  std::mt19937_64 random{5};
  int held = 0;
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<double> values;
    for (int i = 0; i < 100; ++i) {
      values.push_back(unit(random));
    }
    const auto found = bootstrap_mean(values, {.rounds = 300, .level = 0.9, .seed = random()});
    ASSERT_TRUE(found);
    held += found->low <= 0.5 && 0.5 <= found->high ? 1 : 0;
  }
  EXPECT_GE(held, 165);
  EXPECT_LE(held, 195);
}

TEST(bootstrap, leaves_as_much_below_as_above) {
  double next = 0;
  const auto found =
      bootstrap_interval(1, [&](std::span<const std::uint32_t>) { return next++; }, {.rounds = 1001, .level = 0.95});
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->low, 25, 1e-9);
  EXPECT_NEAR(found->high, 975, 1e-9);
}

TEST(bootstrap, same_seed_same_interval) {
  const std::vector<double> values{1, 5, 2, 8, 9, 3, 4};
  const auto a = bootstrap_mean(values, {.seed = 11});
  const auto b = bootstrap_mean(values, {.seed = 11});
  const auto c = bootstrap_mean(values, {.seed = 12});
  ASSERT_TRUE(a && b && c);
  EXPECT_EQ(a->low, b->low);
  EXPECT_EQ(a->high, b->high);
  EXPECT_TRUE(a->low != c->low || a->high != c->high);
}

TEST(bootstrap, leaves_rounds_without_a_value_out) {
  std::size_t asked = 0;
  const auto found =
      bootstrap_interval(4, [&](std::span<const std::uint32_t>) { return ++asked % 2 == 0 ? std::nan("") : 7.0; });
  ASSERT_TRUE(found);
  EXPECT_EQ(found->low, 7);
  EXPECT_EQ(asked, 1000U);
  EXPECT_FALSE(bootstrap_interval(4, [](std::span<const std::uint32_t>) { return std::nan(""); }));
}

TEST(bootstrap, refuses_plans_out_of_range) {
  const std::vector<double> values{1, 2};
  EXPECT_FALSE(bootstrap_mean({}));
  EXPECT_FALSE(bootstrap_mean(values, {.rounds = 0}));
  EXPECT_FALSE(bootstrap_mean(values, {.rounds = bootstrap_plan::k_rounds_max + 1}));
  EXPECT_FALSE(bootstrap_mean(values, {.level = 1}));
  EXPECT_FALSE(bootstrap_mean(values, {.level = std::nan("")}));
}

TEST(bootstrap, quantile_lies_straight_between_two) {
  const std::vector<double> sorted{0, 10, 20};
  EXPECT_DOUBLE_EQ(quantile(sorted, 0), 0);
  EXPECT_DOUBLE_EQ(quantile(sorted, 0.25), 5);
  EXPECT_DOUBLE_EQ(quantile(sorted, 1), 20);
  EXPECT_DOUBLE_EQ(quantile(std::vector<double>{4}, 0.5), 4);
}

TEST(calibration, sees_the_difference_between_right_and_shifted) {
  std::mt19937_64 random{9};
  std::vector<double> right;
  std::vector<double> shifted;
  std::vector<double> observed;
  for (int i = 0; i < 20'000; ++i) {
    const double p = unit(random);
    right.push_back(p);
    shifted.push_back(p * 0.5);
    observed.push_back(unit(random) < p ? 1 : 0);
  }
  EXPECT_LT(calibration_error(right, observed), 0.02);
  EXPECT_NEAR(calibration_error(shifted, observed), 0.25, 0.02);
  EXPECT_EQ(calibration_error({}, {}), 0);
  EXPECT_DOUBLE_EQ(calibration_error(std::vector<double>{0.25}, std::vector<double>{1}), 0.75);
}

} // namespace
} // namespace inferenceflow::statistics
