#include "resilience/retry_budget.h"

#include <gtest/gtest.h>
#include <random>

namespace inferenceflow::resilience {
namespace {

using namespace std::chrono_literals;

TEST(retry_budget_test, a_share_of_the_traffic_may_be_retries) {
  manual_clock clock;
  retry_budget budget{{.share_percent = 20, .floor_per_s = 0}};
  EXPECT_FALSE(budget.try_spend(clock.steady_now()));
  for (int i = 0; i < 100; ++i) {
    budget.on_request(clock.steady_now());
  }
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(budget.try_spend(clock.steady_now()));
  }
  EXPECT_FALSE(budget.try_spend(clock.steady_now()));
}

TEST(retry_budget_test, the_floor_serves_little_traffic) {
  manual_clock clock;
  retry_budget budget{{.share_percent = 20, .floor_per_s = 2, .window = 5s}};
  EXPECT_EQ(budget.left(clock.steady_now()), 10U);
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(budget.try_spend(clock.steady_now()));
  }
  EXPECT_FALSE(budget.try_spend(clock.steady_now()));
  clock.advance(6s);
  EXPECT_EQ(budget.left(clock.steady_now()), 10U);
}

TEST(retry_budget_test, an_outage_is_not_multiplied) {
  std::mt19937_64 random{3};
  manual_clock clock;
  retry_budget budget{{}};
  std::uint64_t requests = 0;
  std::uint64_t retries = 0;
  for (; requests < 100'000; ++requests) {
    clock.advance(std::chrono::microseconds{random() % 2'000});
    budget.on_request(clock.steady_now());
    for (int attempt = 0; attempt < 3; ++attempt) { // everything fails, everybody tries three times more
      retries += budget.try_spend(clock.steady_now()) ? 1U : 0U;
    }
  }
  EXPECT_LT(retries, requests * 20 / 100 + 3 * 110);
  EXPECT_GT(retries, requests * 19 / 100);
}

} // namespace
} // namespace inferenceflow::resilience
