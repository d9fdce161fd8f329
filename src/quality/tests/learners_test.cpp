#include "quality/gain.h"
#include "quality/linear_fit.h"
#include "quality/mean_model.h"
#include "quality/neighbour_model.h"
#include "quality/router.h"
#include "quality/tests/synthetic.h"
#include "quality/trial.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <numeric>

namespace inferenceflow::quality {
namespace {

constexpr float k_none = std::numeric_limits<float>::quiet_NaN();

std::vector<std::uint32_t> all_of(const design& rows) {
  std::vector<std::uint32_t> all(rows.rows);
  std::iota(all.begin(), all.end(), 0U);
  return all;
}

TEST(best_quality, looks_only_at_models_that_have_a_score) {
  const std::vector<float> predicted{0.9F, 0.5F, 0.9F, 0.5F};
  const std::vector<float> scores{k_none, 1, 0, 1};
  EXPECT_DOUBLE_EQ(best_quality(predicted, scores, 2), 0.5);
  EXPECT_DOUBLE_EQ(best_quality(predicted, std::vector<float>(4, k_none), 2), 0);
}

TEST(trial, takes_the_strength_that_gains_most) {
  const training_set set = two_models(400, 1, true);
  const design rows = design::make(set);
  std::vector<trial_kind> kinds = all_kinds(true);
  std::vector<std::uint64_t> groups;
  std::transform(set.rows.begin(), set.rows.end(), std::back_inserter(groups),
                 [](const auto& row) { return row.group; });
  training_options options;
  options.trial_trees = 10;
  try_out_of_fold(rows, assign_folds(groups, options.folds, 1), options, kinds);
  for (const trial_kind& kind : kinds) {
    for (const auto& predicted : kind.predicted) {
      EXPECT_GE(kind.won.mean, pairwise_gain(predicted, rows.scores, 2).mean) << kind.name;
    }
  }
}

TEST(neighbours, near_ones_weigh_more) {
  training_set set;
  set.models = {"a"};
  for (int i = 0; i < 40; ++i) { // along one axis right, along the other wrong; the query lies between, nearer to right
    const bool right = i % 2 == 0;
    example row;
    row.text = "x";
    row.vector = {right ? 1.0F : 0.0F, right ? 0.0F : 1.0F};
    row.scores = {right ? 1.0F : 0.0F};
    set.rows.push_back(std::move(row));
  }
  example between = set.rows.front(); // nobody is near it, so the query is within reach
  between.vector = {std::sqrt(0.5F), std::sqrt(0.5F)};
  between.scores = {0.5F};
  set.rows.push_back(std::move(between));
  settle_dimensions(set);
  const design rows = design::make(set);
  const auto all = all_of(rows);
  const auto made = fit_neighbours(rows, all, targets::make(rows, all), {.neighbours = 41, .left_out = 0});
  const std::vector<float> asked{0.9F, std::sqrt(1 - 0.81F)};
  std::vector<float> out(1);
  ASSERT_TRUE(made->score({.words = {}, .dense = {}, .vector = asked}, out));
  EXPECT_GT(out[0], 0.9F);
}

TEST(linear, a_row_counts_by_its_weight) {
  training_set set;
  set.models = {"a", "b"};
  for (int i = 0; i < 100; ++i) { // of each word it is said ten times as loudly what is true
    const bool loud = i % 2 == 0;
    const bool first = i % 4 < 2;
    const bool a_is_right = loud == first;
    example row;
    row.text = first ? "alpha" : "beta";
    row.scores = {a_is_right ? 1.0F : 0.0F, a_is_right ? 0.0F : 1.0F};
    row.weight = loud ? 10.0F : 1.0F;
    set.rows.push_back(std::move(row));
  }
  const design rows = design::make(set);
  const auto all = all_of(rows);
  const std::vector<float> penalties{5};
  const auto made = fit_linear(rows, all, targets::make(rows, all), {}, penalties);
  std::vector<float> out(2);
  ASSERT_TRUE(made.front()->score(rows.row(0), out));
  EXPECT_GT(out[0], out[1] + 0.3F) << "alpha";
  ASSERT_TRUE(made.front()->score(rows.row(2), out));
  EXPECT_LT(out[0], out[1] - 0.3F) << "beta";
}

router_parts two_opinions(float one, float other) {
  router_parts parts;
  parts.models = {"a"};
  parts.scorers.push_back(std::make_unique<mean_model>(std::vector<float>{one}));
  parts.scorers.push_back(std::make_unique<mean_model>(std::vector<float>{other}));
  parts.text = {
      .members = {0, 1}, .shares = {0.5F, 0.5F}, .calibration = {{}}, .calibration_rows = {1e6F}, .name = "two"};
  parts.tokens.resize(1);
  return parts;
}

TEST(router, members_that_disagree_make_it_less_sure) {
  std::vector<estimate> out(1);
  router{two_opinions(0.5F, 0.5F)}.predict({.text = "x"}, out);
  EXPECT_LT(out[0].deviation, 0.01F);
  router{two_opinions(0.2F, 0.8F)}.predict({.text = "x"}, out);
  EXPECT_FLOAT_EQ(out[0].quality, 0.5F);
  EXPECT_NEAR(out[0].deviation, 0.3F, 0.01F);
}

TEST(router, a_vector_of_another_length_is_none) {
  router_parts parts = two_opinions(0.2F, 0.2F);
  parts.scorers.push_back(std::make_unique<mean_model>(std::vector<float>{0.9F}));
  parts.vector = {.members = {2}, .shares = {1}, .calibration = {{}}, .calibration_rows = {100}, .name = "vector"};
  parts.dimensions = 3;
  const router made{std::move(parts)};
  std::vector<estimate> out(1);
  const std::vector<float> vector{0, 0, 1};
  made.predict({.text = "x", .vector = vector}, out);
  EXPECT_FLOAT_EQ(out[0].quality, 0.9F);
  made.predict({.text = "x", .vector = std::span{vector}.first(2)}, out);
  EXPECT_FLOAT_EQ(out[0].quality, 0.2F);
}

} // namespace
} // namespace inferenceflow::quality
