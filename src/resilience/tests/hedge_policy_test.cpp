#include "resilience/hedge_policy.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <vector>

namespace inferenceflow::resilience {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

double ms_of(nanoseconds time) {
  return static_cast<double>(time.count()) / 1e6;
}

TEST(latency_sketch_test, quantiles_are_within_an_eighth_of_the_exact_ones) {
  std::mt19937_64 random{23};
  std::lognormal_distribution<double> ms{6, 1};
  manual_clock clock;
  latency_sketch sketch{1h};
  std::vector<double> all;
  for (int i = 0; i < 20'000; ++i) {
    all.push_back(std::max(ms(random), 1.1));
    sketch.record(nanoseconds{static_cast<std::int64_t>(all.back() * 1e6)}, clock.steady_now());
  }
  std::sort(all.begin(), all.end());
  for (const double share : {0.01, 0.5, 0.9, 0.95, 0.99, 0.999}) {
    const double exact = all[static_cast<std::size_t>(share * static_cast<double>(all.size()))];
    EXPECT_NEAR(ms_of(sketch.quantile(share)), exact, exact / 8) << share;
  }
}

TEST(latency_sketch_test, what_lies_outside_counts_as_the_bound) {
  manual_clock clock;
  latency_sketch sketch{1h};
  EXPECT_EQ(sketch.quantile(0.5), 0ns);
  sketch.record(-1s, clock.steady_now());
  EXPECT_LT(sketch.quantile(1), 2ms);
  sketch.record(24h, clock.steady_now());
  EXPECT_GT(sketch.quantile(1), 17min);
  EXPECT_LT(sketch.quantile(1), 18min);
}

TEST(latency_sketch_test, old_samples_fade) {
  manual_clock clock;
  latency_sketch sketch{10s};
  for (int i = 0; i < 1'000; ++i) {
    sketch.record(1s, clock.steady_now());
  }
  clock.advance(100s);
  for (int i = 0; i < 100; ++i) {
    sketch.record(10ms, clock.steady_now());
  }
  EXPECT_NEAR(sketch.weight(), 101, 1);
  EXPECT_LT(sketch.quantile(0.95), 12ms);
  clock.advance(24h * 365);
  sketch.record(20ms, clock.steady_now());
  EXPECT_NEAR(sketch.weight(), 1, 0.01);
}

class hedge_policy_test : public ::testing::Test {
protected:
  void learn(int samples, nanoseconds time) {
    for (int i = 0; i < samples; ++i) {
      times_.record(time, clock_.steady_now());
    }
  }
  manual_clock clock_;
  hedge_policy policy_{{}};
  first_token_times times_{{}};
};

TEST_F(hedge_policy_test, waits_for_the_quantile_once_it_is_known) {
  learn(49, 400ms);
  EXPECT_EQ(policy_.delay(times_, false), std::nullopt);
  learn(1, 400ms);
  EXPECT_NEAR(ms_of(policy_.delay(times_, false).value()), 400, 50);
}

TEST_F(hedge_policy_test, never_with_side_effects_or_switched_off) {
  learn(100, 400ms);
  EXPECT_EQ(policy_.delay(times_, true), std::nullopt);
  EXPECT_EQ(hedge_policy{{.enabled = false}}.delay(times_, false), std::nullopt);
}

TEST_F(hedge_policy_test, the_delay_has_bounds) {
  learn(100, 2ms);
  EXPECT_EQ(policy_.delay(times_, false), 50ms);
  learn(10'000, 100s);
  EXPECT_EQ(policy_.delay(times_, false), std::nullopt);
}

TEST_F(hedge_policy_test, at_most_the_share_of_the_requests_in_the_window) {
  std::uint64_t hedges = 0;
  for (int i = 1; i <= 100'000; ++i) {
    clock_.advance(1ms);
    policy_.on_request(clock_.steady_now());
    hedges += policy_.try_hedge(clock_.steady_now()) ? 1U : 0U;
    ASSERT_LE(hedges * 100, static_cast<std::uint64_t>(i) * 2 + 200);
  }
  EXPECT_GT(hedges, 1'900U);
}

TEST_F(hedge_policy_test, no_hedge_without_traffic) {
  EXPECT_FALSE(policy_.try_hedge(clock_.steady_now()));
  for (int i = 0; i < 49; ++i) {
    policy_.on_request(clock_.steady_now());
  }
  EXPECT_FALSE(policy_.try_hedge(clock_.steady_now()));
  policy_.on_request(clock_.steady_now());
  EXPECT_TRUE(policy_.try_hedge(clock_.steady_now()));
}

} // namespace
} // namespace inferenceflow::resilience
