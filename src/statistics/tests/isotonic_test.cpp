#include "statistics/isotonic.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

namespace inferenceflow::statistics {
namespace {

using point = monotone_map::point;

TEST(isotonic, pools_what_violates_and_keeps_the_rest) {
  const std::vector<observation> seen{{.x = 1, .y = 1}, {.x = 2, .y = 3}, {.x = 3, .y = 2}, {.x = 4, .y = 6}};
  const auto line = fit(seen);
  ASSERT_TRUE(line);
  const std::vector<point> expected{{1, 1}, {2, 2.5}, {3, 2.5}, {4, 6}};
  EXPECT_EQ(std::vector<point>(line->points().begin(), line->points().end()), expected);
  EXPECT_DOUBLE_EQ(line->at(0), 1);
  EXPECT_DOUBLE_EQ(line->at(1.5), 1.75);
  EXPECT_DOUBLE_EQ(line->at(2.2), 2.5);
  EXPECT_DOUBLE_EQ(line->at(9), 6);
}

TEST(isotonic, weights_count_and_equal_places_are_one) {
  const std::vector<observation> seen{
      {.x = 0, .y = 4, .weight = 3}, {.x = 1, .y = 0, .weight = 1}, {.x = 5, .y = 10}, {.x = 5, .y = 20, .weight = 3}};
  const auto line = fit(seen);
  ASSERT_TRUE(line);
  EXPECT_DOUBLE_EQ(line->at(0.5), 3);
  EXPECT_DOUBLE_EQ(line->at(5), 17.5);
}

TEST(isotonic, falls_when_asked_to) {
  const std::vector<observation> seen{{.x = 0, .y = 1}, {.x = 1, .y = 2}, {.x = 2, .y = 0}};
  const auto line = fit(seen, slope::falling);
  ASSERT_TRUE(line);
  EXPECT_DOUBLE_EQ(line->at(0), 1.5);
  EXPECT_DOUBLE_EQ(line->at(1), 1.5);
  EXPECT_DOUBLE_EQ(line->at(2), 0);
}

TEST(isotonic, finds_the_truth_in_noise_and_never_turns) {
  std::mt19937_64 random{7};
  std::vector<observation> seen;
  for (int i = 0; i < 20'000; ++i) {
    const double x = static_cast<double>(random() >> 11U) * 0x1.0p-53;
    const double u = static_cast<double>(random() >> 11U) * 0x1.0p-53;
    seen.push_back({.x = x, .y = u < x * x ? 1.0 : 0.0});
  }
  const auto line = fit(seen);
  ASSERT_TRUE(line);
  double before = -1;
  for (double x = 0; x <= 1; x += 0.01) {
    EXPECT_GE(line->at(x), before);
    before = line->at(x);
    if (x > 0.05 && x < 0.95) {
      EXPECT_NEAR(line->at(x), x * x, 0.06) << x;
    }
  }
}

TEST(isotonic, is_bounded_in_points) {
  std::vector<observation> seen;
  for (int i = 0; i < 100'000; ++i) {
    seen.push_back({.x = double(i), .y = double(i)});
  }
  const auto line = fit(seen);
  ASSERT_TRUE(line);
  EXPECT_LE(line->points().size(), monotone_map::k_points_max);
  EXPECT_NEAR(line->at(50'000), 50'000, 100);
}

TEST(isotonic, is_read_back_as_it_was) {
  const auto line = fit(std::vector<observation>{{.x = 0, .y = 0}, {.x = 1, .y = 1}, {.x = 2, .y = 0.5}});
  ASSERT_TRUE(line);
  const auto again = monotone_map::from_points({line->points().begin(), line->points().end()});
  ASSERT_TRUE(again);
  for (double x = -1; x < 3; x += 0.1) {
    EXPECT_DOUBLE_EQ(line->at(x), again->at(x));
  }
}

TEST(isotonic, without_points_it_is_the_identity) {
  EXPECT_DOUBLE_EQ(monotone_map{}.at(0.3), 0.3);
}

TEST(isotonic, steps_give_the_mean_of_both_sides) {
  const auto line = monotone_map::from_points({{0, 0}, {1, 0}, {1, 1}, {2, 1}});
  ASSERT_TRUE(line);
  EXPECT_DOUBLE_EQ(line->at(0.999999), 0);
  EXPECT_DOUBLE_EQ(line->at(1), 0.5);
  EXPECT_DOUBLE_EQ(line->at(1.000001), 1);
  const auto at_once = monotone_map::from_points({{1, 0}, {1, 1}});
  ASSERT_TRUE(at_once);
  EXPECT_DOUBLE_EQ(at_once->at(0), 0);
  EXPECT_DOUBLE_EQ(at_once->at(1), 0.5);
  EXPECT_DOUBLE_EQ(at_once->at(2), 1);
}

TEST(isotonic, survives_a_not_a_number) {
  const auto line = monotone_map::from_points({{0, 0.2}, {1, 0.8}});
  ASSERT_TRUE(line);
  EXPECT_DOUBLE_EQ(line->at(std::nan("")), 0.2);
}

TEST(isotonic, refuses_what_is_no_observation) {
  const double infinite = std::numeric_limits<double>::infinity();
  EXPECT_FALSE(fit({}));
  EXPECT_FALSE(fit(std::vector<observation>{{.x = std::nan(""), .y = 1}}));
  EXPECT_FALSE(fit(std::vector<observation>{{.x = 1, .y = infinite}}));
  EXPECT_FALSE(fit(std::vector<observation>{{.x = 1, .y = 1, .weight = 0}}));
}

TEST(isotonic, refuses_points_that_are_no_monotone_line) {
  EXPECT_FALSE(monotone_map::from_points({{1, 0}, {0, 1}}));
  EXPECT_FALSE(monotone_map::from_points({{0, 0}, {1, 1}, {2, 0}}));
  EXPECT_FALSE(monotone_map::from_points({{0, std::nan("")}}));
  EXPECT_FALSE(monotone_map::from_points(std::vector<point>(monotone_map::k_points_max + 1)));
}

} // namespace
} // namespace inferenceflow::statistics
