#include "quality/gain.h"
#include "quality/tests/synthetic.h"
#include "quality/trainer.h"
#include "statistics/calibration.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <limits>

namespace inferenceflow::quality {
namespace {

training_options quick() {
  training_options options;
  options.trial_trees = 10;
  options.trees = 40;
  options.date = "2026-01-02";
  return options;
}

estimate estimate_of(const router& asked, const prompt& one, std::size_t model) {
  std::vector<estimate> out(asked.models().size());
  asked.predict(one, out);
  return out[model];
}

TEST(trainer, learns_what_a_word_tells_and_beats_the_baselines) {
  const training_set rows = two_models(1500, 1, false);
  const auto made = train(rows, quick());
  ASSERT_TRUE(made) << made.error().message;
  const router& found = **made;
  EXPECT_EQ(found.space(), "");
  EXPECT_NEAR(estimate_of(found, {.text = "wax wbx wcx algebra"}, 1).quality, 0.3, 0.1);
  EXPECT_NEAR(estimate_of(found, {.text = "wax wbx wcx history"}, 1).quality, 0.9, 0.1);
  EXPECT_NEAR(estimate_of(found, {.text = "wax wbx wcx history"}, 0).quality, 0.9, 0.1);

  const training_set fresh = two_models(1500, 2, false);
  std::vector<float> predicted;
  std::vector<float> constant;
  std::vector<float> scores;
  std::vector<estimate> out(2);
  for (const example& row : fresh.rows) {
    found.predict(row.as_prompt(), out);
    for (std::size_t m = 0; m < 2; ++m) {
      predicted.push_back(out[m].quality);
      constant.push_back(0.5F);
      scores.push_back(row.scores[m]);
    }
  }
  EXPECT_EQ(pairwise_gain(constant, scores, 2).mean, 0);
  // Half of the rows differ by 0.6, half by nothing: the best order gains 0.3 · 1/4 ... of each half, 0.075.
  EXPECT_GT(pairwise_gain(predicted, scores, 2).mean, 0.06);
  EXPECT_LT(squared_error(predicted, scores), squared_error(constant, scores));
}

TEST(trainer, calibrates_within_what_chance_allows) {
  const auto made = train(two_models(2000, 3, false), quick());
  ASSERT_TRUE(made);
  std::vector<double> predicted;
  std::vector<double> seen_scores;
  for (const example& row : two_models(4000, 4, false).rows) {
    predicted.push_back(static_cast<double>(estimate_of(**made, row.as_prompt(), 1).quality));
    seen_scores.push_back(static_cast<double>(row.scores[1]));
  }
  EXPECT_LT(statistics::calibration_error(predicted, seen_scores, 10), 0.05);
}

TEST(trainer, states_deviation_and_output_tokens) {
  const auto made = train(two_models(400, 5, false), quick());
  ASSERT_TRUE(made);
  const estimate strong = estimate_of(**made, {.text = "wax history"}, 0);
  EXPECT_GT(strong.deviation, 0);
  EXPECT_LT(strong.deviation, 0.3);
  EXPECT_NEAR(strong.output_tokens, 100, 2);
  EXPECT_NEAR(estimate_of(**made, {.text = "wax history"}, 1).output_tokens, 50, 2);
}

TEST(trainer, expects_the_mean_of_lengths_that_vary_much) {
  training_set rows = two_models(400, 5, false);
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    rows.rows[i].output_tokens = {i % 2 == 0 ? 10.0F : 1'990.0F, 50};
  }
  const auto made = train(rows, quick());
  ASSERT_TRUE(made);
  EXPECT_NEAR(estimate_of(**made, rows.rows[0].as_prompt(), 0).output_tokens, 1'000, 150);
}

TEST(trainer, tells_what_was_left_out) {
  training_set rows = two_models(100, 15, false);
  rows.read.broken = 2;
  rows.read.without_scores = 3;
  const auto made = train(rows, quick());
  ASSERT_TRUE(made);
  EXPECT_EQ((*made)->parts().facts.left_out, 5U);
}

TEST(trainer, the_same_seed_makes_the_same_router) {
  const training_set rows = two_models(300, 6, true);
  const auto a = train(rows, quick());
  const auto b = train(rows, quick());
  ASSERT_TRUE(a && b);
  for (const example& row : rows.rows) {
    EXPECT_EQ(estimate_of(**a, row.as_prompt(), 1).quality, estimate_of(**b, row.as_prompt(), 1).quality);
  }
}

TEST(trainer, nearest_neighbours_abstain_off_their_data) {
  const training_set rows = two_models(600, 7, true);
  const auto made = train_only(rows, quick(), "kNN");
  ASSERT_TRUE(made);
  EXPECT_TRUE(estimate_of(**made, rows.rows[3].as_prompt(), 1).known);
  EXPECT_NEAR(estimate_of(**made, {.text = "x", .vector = rows.rows[3].vector}, 0).quality, 0.9, 0.1);
  const std::vector<float> elsewhere{0, 0, 0, 0, 0, 0, 0, -1};
  const estimate off = estimate_of(**made, {.text = "x", .vector = elsewhere}, 1);
  EXPECT_FALSE(off.known);
  EXPECT_NEAR(off.quality, (*made)->parts().facts.mean_scores[1], 0.15);
}

TEST(trainer, without_a_vector_or_with_a_foreign_one_it_predicts_from_the_text) {
  training_set rows = two_models(800, 8, true);
  rows.space = "here";
  const auto made = train(rows, quick());
  ASSERT_TRUE(made);
  const std::vector<float> short_one{1, 0};
  const float plain = estimate_of(**made, {.text = "wax algebra"}, 1).quality;
  EXPECT_EQ(estimate_of(**made, {.text = "wax algebra", .vector = short_one}, 1).quality, plain);
  EXPECT_LT(plain, 0.6F);
  if (!(*made)->parts().vector.members.empty()) {
    EXPECT_EQ((*made)->space(), "here");
  }
}

TEST(trainer, what_is_chance_is_left_to_the_best_single_model) {
  for (const std::uint64_t seed : {1U, 5U, 8U}) { // in the last two another kind is ahead, by less than its error
    training_set rows = two_models(300, seed, false);
    chance random{seed + 10};
    for (example& row : rows.rows) {
      row.scores = {random.unit() < 0.8 ? 1.0F : 0.0F, random.unit() < 0.5 ? 1.0F : 0.0F};
    }
    const auto made = train(rows, quick());
    ASSERT_TRUE(made);
    EXPECT_EQ((*made)->name(), "best single") << seed;
    const estimate strong = estimate_of(**made, {.text = "wax algebra"}, 0);
    EXPECT_NEAR(strong.quality, 0.8, 0.12);
    EXPECT_GT(strong.quality, estimate_of(**made, {.text = "wax algebra"}, 1).quality);
  }
}

TEST(trainer, missing_scores_are_allowed_and_models_with_few_are_left_out) {
  training_set rows = two_models(500, 11, false);
  rows.models.push_back("rare");
  rows.models.push_back("known");
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    if (i % 3 == 0) {
      rows.rows[i].scores[1] = std::numeric_limits<float>::quiet_NaN();
    }
    rows.rows[i].scores.push_back(i + 1 < k_scores_min ? 1.0F : std::numeric_limits<float>::quiet_NaN());
    rows.rows[i].scores.push_back(i < k_scores_min ? 1.0F : std::numeric_limits<float>::quiet_NaN());
    rows.rows[i].output_tokens.clear();
  }
  const auto made = train(rows, quick());
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ((*made)->models().size(), 3U);
  EXPECT_EQ((*made)->parts().facts.dropped_models, std::vector<std::string>{"rare"});
  EXPECT_LT(estimate_of(**made, {.text = "wax algebra"}, 1).quality,
            estimate_of(**made, {.text = "wax history"}, 1).quality);
  EXPECT_EQ(estimate_of(**made, {.text = "wax algebra"}, 1).output_tokens, 0);
}

TEST(trainer, refuses_what_cannot_be_learned_from) {
  EXPECT_EQ(train(two_models(30, 1, false), quick()).error().kind, error_kind::invalid_request);
  training_set alike = two_models(200, 1, false);
  for (example& row : alike.rows) {
    row.scores = {1, 1};
  }
  const auto constant = train(alike, quick());
  ASSERT_FALSE(constant);
  EXPECT_NE(constant.error().message.find("the same"), std::string::npos);
  training_set together = two_models(200, 1, false);
  for (example& row : together.rows) {
    row.group = 7;
  }
  EXPECT_NE(train(together, quick()).error().message.find("groups"), std::string::npos);
  training_options folds = quick();
  folds.folds = 1;
  EXPECT_FALSE(train(two_models(200, 1, false), folds));
  folds.folds = 21;
  EXPECT_FALSE(train(two_models(200, 1, false), folds));
  EXPECT_FALSE(train({}, quick()));
}

TEST(trainer, tells_its_progress_to_the_end) {
  training_options options = quick();
  std::size_t calls = 0;
  options.progress = [&](const training_progress& at) {
    ++calls;
    EXPECT_LT(at.done, at.of);
    EXPECT_FALSE(at.what.empty());
  };
  ASSERT_TRUE(train(two_models(200, 12, false), options));
  EXPECT_EQ(calls, 15U);
}

TEST(folds, keep_groups_together_and_are_of_like_size) {
  std::vector<std::uint64_t> groups;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    groups.push_back(i % 10 == 0 ? 0 : 1 + i / 7);
  }
  const auto folds = assign_folds(groups, 5, 3);
  std::vector<std::size_t> sizes(5, 0);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    ++sizes[folds[i]];
    for (std::size_t j = 0; j < i; ++j) {
      if (groups[i] != 0 && groups[i] == groups[j]) {
        EXPECT_EQ(folds[i], folds[j]);
      }
    }
  }
  for (const std::size_t size : sizes) {
    EXPECT_NEAR(static_cast<double>(size), 200, 5);
  }
  EXPECT_NE(folds, assign_folds(groups, 5, 4));
}

} // namespace
} // namespace inferenceflow::quality
