#include "semantic/belief.h"
#include "semantic/verifier.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

namespace inferenceflow::semantic {
namespace {

constexpr offset k_no_say{.mean = 0, .variance = 0};

double chance(double odds) {
  return 1 / (1 + std::exp(-odds));
}

evidence with_similarity(double value) {
  evidence seen{};
  seen[e_bias] = 1;
  seen[e_similarity] = value;
  return seen;
}

TEST(belief, recovers_a_known_relation) {
  std::mt19937_64 draws{11};
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform;
  belief learned;
  for (int i = 0; i < 8'000; ++i) {
    evidence seen = with_similarity(normal(draws));
    seen[e_margin] = normal(draws);
    const double odds = 0.5 + 2 * seen[e_similarity] - 1 * seen[e_margin];
    offset entry = k_no_say;
    offset answer = k_no_say;
    learned.learn(seen, uniform(draws) < chance(odds), 1, entry, answer);
  }
  EXPECT_NEAR(learned.weights()[e_bias], 0.5, 0.2);
  EXPECT_NEAR(learned.weights()[e_similarity], 2, 0.3);
  EXPECT_NEAR(learned.weights()[e_margin], -1, 0.2);
  for (const double similarity : {-1.5, 0.0, 1.5}) {
    const log_odds odds = learned.predict(with_similarity(similarity), k_no_say, k_no_say);
    EXPECT_NEAR(1 - risk_of(odds), chance(0.5 + 2 * similarity), 0.05) << similarity;
    EXPECT_LT(odds.variance, 0.1) << "thousands of observations leave little doubt";
  }
}

TEST(belief, a_new_one_holds_likeness_for_right_and_differing_numbers_for_wrong) {
  const belief fresh;
  const double far = risk_of(fresh.predict(with_similarity(-1), k_no_say, k_no_say));
  const double near = risk_of(fresh.predict(with_similarity(1), k_no_say, k_no_say));
  EXPECT_LT(near, far);
  evidence other_number = with_similarity(1);
  other_number[std::size_t{e_wording} + w_values] = 1;
  EXPECT_GT(risk_of(fresh.predict(other_number, k_no_say, k_no_say)), near);
}

TEST(belief, an_entrys_record_moves_its_own_threshold) {
  belief learned;
  offset good = k_new_entry;
  offset bad = k_new_entry;
  offset good_answer = k_new_answer;
  offset bad_answer = k_new_answer;
  for (int i = 0; i < 20; ++i) {
    learned.learn(with_similarity(0), true, 1, good, good_answer);
    learned.learn(with_similarity(0), false, 1, bad, bad_answer);
  }
  EXPECT_GT(good.mean, 0.2);
  EXPECT_LT(bad.mean, -0.2);
  EXPECT_LT(good.variance, k_new_entry.variance);
  // As probable at 0 with the good record as the bad one's only with far more similarity.
  const double good_risk = risk_of(learned.predict(with_similarity(0), good, good_answer));
  EXPECT_LT(good_risk, risk_of(learned.predict(with_similarity(0), k_new_entry, k_new_answer)));
  EXPECT_LT(good_risk, risk_of(learned.predict(with_similarity(0.5), bad, bad_answer)));
}

TEST(belief, an_offset_without_variance_stays) {
  belief learned;
  offset entry = k_no_say;
  offset answer = k_no_say;
  learned.learn(with_similarity(1), false, 4, entry, answer);
  EXPECT_EQ(entry.mean, 0);
  EXPECT_EQ(answer.mean, 0);
}

TEST(belief, more_weight_moves_it_more) {
  belief once;
  belief thrice;
  offset entry = k_no_say;
  offset answer = k_no_say;
  once.learn(with_similarity(0), false, 1, entry, answer);
  thrice.learn(with_similarity(0), false, 3, entry, answer);
  EXPECT_LT(thrice.weights()[e_bias], once.weights()[e_bias]);
}

TEST(belief, caution_is_never_less_than_the_risk) {
  for (const double mean : {-3.0, 0.0, 3.0}) {
    const log_odds odds{.mean = mean, .variance = 0.5};
    EXPECT_GT(cautious_risk_of(odds, 1), 1 - chance(mean));
  }
  const log_odds sure{.mean = 4, .variance = 0.01};
  const log_odds unsure{.mean = 4, .variance = 4};
  EXPECT_LT(risk_of(sure), risk_of(unsure)) << "doubt makes an answer that is believed in riskier";
}

TEST(belief, stays_finite_whatever_it_sees) {
  belief learned;
  offset entry = k_new_entry;
  offset answer = k_new_answer;
  for (int i = 0; i < 2'000; ++i) {
    evidence seen{};
    seen.fill(i % 2 == 0 ? 1e6 : -1e6);
    seen[e_bias] = 1;
    learned.learn(seen, i % 3 == 0, 4, entry, answer);
    learned.learn(evidence{}, i % 3 != 0, 1e-6, entry, answer);
  }
  for (std::size_t i = 0; i < k_evidence; ++i) {
    ASSERT_TRUE(std::isfinite(learned.weights()[i]));
    ASSERT_GT(learned.covariance()[i][i], 0);
  }
  for (const double extreme : {-1e9, 0.0, 1e9}) {
    const log_odds odds = learned.predict(with_similarity(extreme), entry, answer);
    EXPECT_TRUE(std::isfinite(odds.mean));
    EXPECT_GE(odds.variance, 0);
    EXPECT_GE(risk_of(odds), 0);
    EXPECT_LE(risk_of(odds), 1);
  }
  EXPECT_GE(entry.variance, 0);
  EXPECT_GE(answer.variance, 0);
}

TEST(belief, continues_from_what_was_saved) {
  belief learned;
  offset entry = k_new_entry;
  offset answer = k_new_answer;
  for (int i = 0; i < 50; ++i) {
    learned.learn(with_similarity(i % 5), i % 5 > 2, 1, entry, answer);
  }
  belief later;
  ASSERT_TRUE(later.restore(learned.weights(), learned.covariance()));
  EXPECT_EQ(risk_of(later.predict(with_similarity(2), entry, answer)),
            risk_of(learned.predict(with_similarity(2), entry, answer)));
}

TEST(belief, refuses_a_state_that_makes_no_sense) {
  belief untouched;
  const evidence mean = untouched.weights();
  const belief::matrix covariance = untouched.covariance();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinite = std::numeric_limits<double>::infinity();
  for (const double bad : {nan, infinite, -infinite}) {
    evidence odd = mean;
    odd[e_share] = bad;
    EXPECT_FALSE(untouched.restore(odd, covariance));
    belief::matrix crooked = covariance;
    crooked[1][2] = bad;
    EXPECT_FALSE(untouched.restore(mean, crooked));
  }
  for (const double bad : {0.0, -0.1, nan}) {
    belief::matrix crooked = covariance;
    crooked[3][3] = bad;
    EXPECT_FALSE(untouched.restore(mean, crooked));
  }
  EXPECT_EQ(untouched.weights(), mean);
  EXPECT_EQ(untouched.covariance(), covariance);
}

} // namespace
} // namespace inferenceflow::semantic
