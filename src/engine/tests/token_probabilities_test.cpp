#include "engine/token_probabilities.h"

#include <cmath>
#include <gtest/gtest.h>
#include <vector>

namespace inferenceflow::engine {
namespace {

TEST(token_probabilities, sum_to_one) {
  const std::vector<float> logits{2.0F, -1.0F, 0.5F, 700.0F, 699.0F};
  const auto report = report_probabilities(logits, 0, logits.size());
  double sum = 0;
  for (const auto& [id, logprob] : report.top) {
    sum += std::exp(static_cast<double>(logprob));
  }
  EXPECT_NEAR(sum, 1.0, 1e-6);
}

TEST(token_probabilities, known_values) {
  const std::vector<float> logits{0.0F, std::log(3.0F)};
  const auto report = report_probabilities(logits, 0, 1);
  EXPECT_NEAR(report.logprob, std::log(0.25), 1e-6);
  ASSERT_EQ(report.top.size(), 1U);
  EXPECT_EQ(report.top[0].first, 1);
  EXPECT_NEAR(report.top[0].second, std::log(0.75), 1e-6);
}

TEST(token_probabilities, the_likeliest_come_first_and_ties_go_by_id) {
  const std::vector<float> logits{1.0F, 5.0F, 1.0F, 5.0F};
  const auto report = report_probabilities(logits, 2, 3);
  ASSERT_EQ(report.top.size(), 3U);
  EXPECT_EQ(report.top[0].first, 1);
  EXPECT_EQ(report.top[1].first, 3);
  EXPECT_EQ(report.top[2].first, 0);
}

TEST(token_probabilities, no_alternatives_wanted) {
  EXPECT_TRUE(report_probabilities(std::vector<float>{1.0F, 2.0F}, 1, 0).top.empty());
}

} // namespace
} // namespace inferenceflow::engine
