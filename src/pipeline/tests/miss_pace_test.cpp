#include "pipeline/miss_pace.h"

#include <gtest/gtest.h>
#include <set>

namespace inferenceflow::pipeline {
namespace {

using namespace std::chrono_literals;

TEST(miss_pace, draws_from_the_latest_misses_of_the_route_only) {
  miss_pace pace{1};
  pace.record(7, 1h); // pushed out by those that follow, and cut to k_delay_max before
  for (std::size_t i = 0; i < miss_pace::k_kept; ++i) {
    pace.record(7, std::chrono::milliseconds{100 + i});
  }
  pace.record(8, 5s);
  std::set<std::chrono::nanoseconds> drawn;
  for (int i = 0; i < 1'000; ++i) {
    drawn.insert(pace.draw(7));
  }
  EXPECT_GE(*drawn.begin(), 100ms);
  EXPECT_LT(*drawn.rbegin(), 100ms + std::chrono::milliseconds{miss_pace::k_kept});
  EXPECT_GT(drawn.size(), miss_pace::k_kept / 2); // not always the same one
}

TEST(miss_pace, an_unknown_route_has_a_guess_and_a_slow_miss_is_cut) {
  miss_pace pace{1};
  EXPECT_EQ(pace.draw(1), miss_pace::k_first_guess);
  pace.record(1, 1h);
  EXPECT_EQ(pace.draw(1), miss_pace::k_delay_max);
}

TEST(miss_pace, more_routes_than_the_bound_are_not_remembered) {
  miss_pace pace{1};
  for (std::uint64_t route = 0; route < miss_pace::k_routes_max; ++route) {
    pace.record(route, 1ms);
  }
  pace.record(miss_pace::k_routes_max, 1ms);
  EXPECT_EQ(pace.draw(miss_pace::k_routes_max), miss_pace::k_first_guess);
  EXPECT_EQ(pace.draw(0), 1ms);
}

} // namespace
} // namespace inferenceflow::pipeline
