#include "semantic/risk_table.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

namespace inferenceflow::semantic {
namespace {

TEST(risk_table, changes_nothing_before_it_has_seen_anything) {
  const risk_table fresh;
  for (const double risk : {0.9, 0.5, 0.1, 0.01, 0.001}) {
    EXPECT_NEAR(fresh.corrected(risk), risk, 1e-9);
  }
}

TEST(risk_table, corrects_a_belief_that_is_too_sure_of_itself) {
  for (const double times : {0.5, 2.0, 5.0}) {
    std::mt19937_64 draws{5};
    std::uniform_real_distribution<double> uniform;
    risk_table table;
    for (int i = 0; i < 20'000; ++i) {
      const double believed = 0.001 + 0.05 * uniform(draws);
      table.learn(believed, uniform(draws) < times * believed);
    }
    for (const double believed : {0.01, 0.02, 0.04}) {
      EXPECT_NEAR(table.corrected(believed) / believed, times, 0.35 * times) << times << " x " << believed;
    }
  }
}

TEST(risk_table, a_level_without_a_record_borrows_from_the_riskier_one) {
  risk_table table;
  for (int i = 0; i < 200; ++i) {
    table.learn(0.1, i % 2 == 0); // five times too sure
  }
  EXPECT_GT(table.corrected(0.01), 0.03);
  EXPECT_NEAR(table.corrected(0.5), 0.5, 1e-9) << "and never from a less risky one";
}

TEST(risk_table, what_is_recent_counts_more) {
  risk_table table;
  for (int i = 0; i < 4'000; ++i) {
    table.learn(0.25, i % 4 == 0);
  }
  EXPECT_NEAR(table.corrected(0.25), 0.25, 0.03);
  for (int i = 0; i < 2'000; ++i) {
    table.learn(0.25, i % 4 != 0);
  }
  EXPECT_GT(table.corrected(0.25), 0.6);
}

TEST(risk_table, gives_a_probability_for_any_number) {
  risk_table table;
  for (int i = 0; i < 1'000; ++i) {
    table.learn(1e-9, true);
    table.learn(1, true);
  }
  for (const double risk : {0.0, 1e-300, 1e-5, 0.5, 1.0, 2.0}) {
    EXPECT_GT(table.corrected(risk), 0) << risk;
    EXPECT_LT(table.corrected(risk), 1) << risk;
  }
}

TEST(risk_table, is_saved_and_restored) {
  risk_table table;
  for (int i = 0; i < 100; ++i) {
    table.learn(0.05, i % 5 == 0);
  }
  risk_table later;
  ASSERT_TRUE(later.restore(table.content()));
  EXPECT_EQ(later.corrected(0.05), table.corrected(0.05));

  for (const double bad : {-1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    risk_table::levels odd = table.content();
    odd[7].wrong = bad;
    EXPECT_FALSE(later.restore(odd));
    odd = table.content();
    odd[7].expected = bad;
    EXPECT_FALSE(later.restore(odd));
  }
  EXPECT_EQ(later.corrected(0.05), table.corrected(0.05));
}

} // namespace
} // namespace inferenceflow::semantic
