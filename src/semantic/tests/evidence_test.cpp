#include "semantic/evidence.h"

#include <cmath>
#include <gtest/gtest.h>
#include <string_view>

namespace inferenceflow::semantic {
namespace {

neighbour near_by(std::uint64_t entry, std::uint64_t answer, float similarity) {
  return {.entry = entry, .answer = answer, .similarity = similarity, .own = {}, .answers = {}};
}

difference between(std::string_view one, std::string_view other) {
  return compare(profile_of(one), profile_of(other));
}

TEST(evidence, nothing_near_gives_no_candidate) {
  EXPECT_TRUE(candidates_of({}).empty());
}

TEST(evidence, each_answer_stands_once_by_its_nearest_phrasing) {
  const std::vector<neighbour> near{near_by(1, 10, 0.95F), near_by(2, 20, 0.9F), near_by(3, 10, 0.88F),
                                    near_by(4, 20, 0.7F)};
  const auto found = candidates_of(near);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].entry, 1U);
  EXPECT_EQ(found[0].answer, 10U);
  EXPECT_EQ(found[1].entry, 2U);
  EXPECT_FLOAT_EQ(found[1].similarity, 0.9F);
}

TEST(evidence, there_are_only_so_many_candidates) {
  std::vector<neighbour> near;
  for (std::uint64_t i = 1; i <= 40; ++i) {
    near.push_back(near_by(i, i, 0.9F - 0.01F * static_cast<float>(i)));
  }
  EXPECT_EQ(candidates_of(near).size(), k_candidates_max);
}

TEST(evidence, margin_is_the_lead_over_the_next_answer) {
  const auto alone = candidates_of(std::vector{near_by(1, 10, 0.9F), near_by(2, 10, 0.89F)});
  const auto close = candidates_of(std::vector{near_by(1, 10, 0.9F), near_by(2, 20, 0.89F)});
  const auto clear = candidates_of(std::vector{near_by(1, 10, 0.9F), near_by(2, 20, 0.75F)});
  ASSERT_EQ(close.size(), 2U);
  EXPECT_GT(alone[0].seen[e_margin], clear[0].seen[e_margin]);
  EXPECT_GT(clear[0].seen[e_margin], close[0].seen[e_margin]);
  EXPECT_NEAR(close[0].seen[e_margin], -close[1].seen[e_margin], 1e-6);
  EXPECT_LT(close[1].seen[e_margin], 0) << "who comes second trails the first";
}

TEST(evidence, neighbours_vote_by_nearness) {
  const auto alone = candidates_of(std::vector{near_by(1, 10, 0.9F)});
  const auto joined = candidates_of(std::vector{near_by(1, 10, 0.9F), near_by(2, 10, 0.88F), near_by(3, 10, 0.87F)});
  const auto disputed = candidates_of(std::vector{near_by(1, 10, 0.9F), near_by(2, 20, 0.88F), near_by(3, 30, 0.87F)});
  const auto far = candidates_of(std::vector{near_by(1, 10, 0.9F), near_by(2, 20, 0.5F)});
  EXPECT_NEAR(alone[0].seen[e_share], 0.5, 1e-9) << "all of the say, less a half";
  EXPECT_NEAR(joined[0].seen[e_share], 0.5, 1e-9);
  EXPECT_LT(disputed[0].seen[e_share], 0.1);
  EXPECT_GT(far[0].seen[e_share], 0.49);
  EXPECT_GT(joined[0].seen[e_phrasings], alone[0].seen[e_phrasings]);
  double shares = 0;
  for (const auto& each : disputed) {
    shares += each.seen[e_share] + 0.5;
  }
  EXPECT_NEAR(shares, 1, 1e-9);
}

TEST(evidence, records_speak_for_and_against) {
  neighbour good = near_by(1, 10, 0.9F);
  good.own = {.right = 8, .wrong = 0};
  good.answers = {.right = 9, .wrong = 1};
  neighbour bad = good;
  bad.own = {.right = 0, .wrong = 8};
  bad.answers = {.right = 1, .wrong = 9};
  const auto praised = candidates_of(std::vector{good});
  const auto blamed = candidates_of(std::vector{bad});
  EXPECT_GT(praised[0].seen[e_around], 0);
  EXPECT_LT(blamed[0].seen[e_around], 0);
  EXPECT_GT(praised[0].seen[e_answer_record], 0);
  EXPECT_LT(blamed[0].seen[e_answer_record], 0);
  EXPECT_GT(praised[0].seen[e_around_count], candidates_of(std::vector{near_by(1, 10, 0.9F)})[0].seen[e_around_count]);
}

TEST(evidence, every_number_stays_within_a_few_units) {
  for (const float similarity : {-1.0F, 0.0F, 0.4F, 0.85F, 1.0F}) {
    neighbour one = near_by(1, 10, similarity);
    one.own = {.right = 1e6F, .wrong = 0};
    one.answers = {.right = 0, .wrong = 1e6F};
    for (const candidate& each : candidates_of(std::vector{one, near_by(2, 20, -1)})) {
      for (std::size_t i = 0; i < k_evidence; ++i) {
        EXPECT_LT(std::abs(each.seen[i]), 20) << i << " at " << similarity;
      }
    }
  }
}

TEST(evidence, wording_goes_behind_the_rest) {
  candidate made = candidates_of(std::vector{near_by(1, 10, 0.9F)}).front();
  const evidence before = made.seen;
  const wording words = wording_of(between("How do I reset my password?", "how do i reset my password"));
  add_wording(made, words);
  EXPECT_EQ(made.seen[e_similarity], before[e_similarity]);
  EXPECT_EQ(made.seen[std::size_t{e_wording} + w_identical], 1);
  EXPECT_EQ(made.seen[std::size_t{e_wording} + w_content], 1);
}

TEST(wording, flags_say_what_differs) {
  const auto flag = [](std::string_view one, std::string_view other, wording_index which) {
    return wording_of(between(one, other)).features[which];
  };
  EXPECT_EQ(flag("What is 15% of 80?", "What is 20% of 80?", w_values), 1);
  EXPECT_EQ(flag("What is 15% of 80?", "What is 15% of 80?", w_values), 0);
  EXPECT_EQ(flag("Is it safe to eat raw eggs?", "Is it not safe to eat raw eggs?", w_sense), 1);
  EXPECT_EQ(flag("Who is the mayor of Paris?", "Who is the mayor of London?", w_names), 1);
  EXPECT_LT(flag("How do I bake bread?", "How do I repair a bicycle?", w_content),
            flag("How do I bake bread?", "How can I bake some bread?", w_content));
}

TEST(wording, features_are_at_most_one) {
  const wording words = wording_of(between("a b c d e f g h i j k l m n o p", "Zürich 1 2 3 not before ``x = 1``"));
  for (const double each : words.features) {
    EXPECT_GE(each, 0);
    EXPECT_LE(each, 1);
  }
}

} // namespace
} // namespace inferenceflow::semantic
