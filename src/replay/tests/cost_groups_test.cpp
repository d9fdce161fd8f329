#include "replay/cost_groups.h"

#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::replay {
namespace {

constexpr money k_two = money::from_nano_usd(2);
constexpr money k_one = money::from_nano_usd(1);

TEST(time_costs, blocks_grow_with_the_log_and_lose_nothing) {
  time_costs costs;
  constexpr int k_requests = 5'000;
  for (int i = 0; i < k_requests; ++i) {
    costs.add(1'000'000 + std::int64_t{i} * 3'600'000, k_two, k_one);
  }
  EXPECT_LE(costs.sums().size(), k_blocks_max);
  std::int64_t direct = 0;
  std::int64_t cost = 0;
  for (const auto& each : costs.sums()) {
    direct += each.direct_nano_usd;
    cost += each.cost_nano_usd;
  }
  EXPECT_EQ(direct, 2 * k_requests);
  EXPECT_EQ(cost, k_requests);
  EXPECT_GT(costs.block_ms(), k_block_ms_min);
}

TEST(time_costs, one_leap_of_the_clock_does_not_swallow_the_rest) {
  time_costs costs;
  for (int i = 0; i < 100; ++i) {
    costs.add(1'000'000 + std::int64_t{i} * 3'600'000, k_two, k_one);
  }
  costs.add(4'000'000'000'000, k_two, k_one); // a century later
  EXPECT_GT(costs.sums().size(), 100U);
}

TEST(user_costs, users_are_told_apart_within_their_tenants) {
  user_costs costs;
  costs.add("a", "x", "", k_two, k_one);
  costs.add("b", "x", "", k_two, k_one);
  costs.add("a", "x", "", k_two, k_one);
  EXPECT_EQ(costs.sums().size(), 2U);
  EXPECT_EQ(costs.unnamed(), 0U);
  costs.add("", "", "", k_two, k_one);
  EXPECT_EQ(costs.unnamed(), 1U);
  for (int i = 0; i < 20'000; ++i) {
    costs.add("a", std::to_string(i), "", k_two, k_one);
  }
  EXPECT_LE(costs.sums().size(), k_groups_max);
}

} // namespace
} // namespace inferenceflow::replay
