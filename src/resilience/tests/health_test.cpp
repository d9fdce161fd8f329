#include "resilience/health.h"

#include <gtest/gtest.h>

namespace inferenceflow::resilience {
namespace {

using namespace std::chrono_literals;

class health_test : public ::testing::Test {
protected:
  [[nodiscard]] steady_time now() const { return clock_.steady_now(); }
  void fail_calls(int times) {
    for (int i = 0; i < times; ++i) {
      clock_.advance(500ms);
      health_.call_failed(now());
    }
  }
  manual_clock clock_;
  random_stream random_{5};
  health health_{{}};
};

TEST_F(health_test, failed_calls_in_a_row_make_it_sick_and_good_probes_well) {
  fail_calls(4);
  health_.call_succeeded(now());
  fail_calls(4);
  EXPECT_TRUE(health_.usable(now()));
  fail_calls(1);
  EXPECT_FALSE(health_.usable(now()));
  health_.probed(true, now(), random_);
  EXPECT_FALSE(health_.usable(now()));
  health_.probed(true, now(), random_);
  EXPECT_TRUE(health_.usable(now()));
}

TEST_F(health_test, many_calls_that_fail_at_one_moment_prove_nothing_yet) {
  for (int i = 0; i < 100; ++i) {
    health_.call_failed(now());
  }
  EXPECT_TRUE(health_.usable(now()));
  clock_.advance(2s);
  health_.call_failed(now());
  EXPECT_FALSE(health_.usable(now()));
}

TEST_F(health_test, failed_probes_in_a_row_make_it_sick) {
  health_.probed(false, now(), random_);
  EXPECT_LT(health_.probe_due_at() - now(), 1'101ms); // looks again soon
  health_.probed(false, now(), random_);
  EXPECT_TRUE(health_.usable(now()));
  health_.probed(false, now(), random_);
  EXPECT_FALSE(health_.usable(now()));
}

TEST_F(health_test, a_sick_backend_is_probed_ever_more_seldom) {
  fail_calls(5);
  EXPECT_EQ(health_.probe_due_at(), now() + 1s);
  for (const auto interval : {2'000ms, 4'000ms, 8'000ms, 16'000ms, 30'000ms, 30'000ms}) {
    clock_.advance(health_.probe_due_at() - now());
    health_.probed(false, now(), random_);
    EXPECT_GE(health_.probe_due_at() - now(), interval * 9 / 10);
    EXPECT_LE(health_.probe_due_at() - now(), interval * 11 / 10);
  }
}

TEST_F(health_test, traffic_that_succeeds_saves_probes) {
  health_.probed(true, now(), random_);
  for (int i = 0; i < 100; ++i) {
    clock_.advance(5s);
    health_.call_succeeded(now());
    EXPECT_GE(health_.probe_due_at(), now() + 10s);
  }
}

TEST_F(health_test, probes_are_spread) {
  std::chrono::nanoseconds least = 1h;
  std::chrono::nanoseconds most{0};
  for (int i = 0; i < 1'000; ++i) {
    health_.probed(true, now(), random_);
    least = std::min<std::chrono::nanoseconds>(least, health_.probe_due_at() - now());
    most = std::max<std::chrono::nanoseconds>(most, health_.probe_due_at() - now());
  }
  EXPECT_GE(least, 9s);
  EXPECT_LT(least, 9'100ms);
  EXPECT_LE(most, 11s);
  EXPECT_GT(most, 10'900ms);
}

TEST_F(health_test, without_probes_it_is_given_calls_again_after_a_while) {
  health_ = health{{.probes = false}};
  EXPECT_EQ(health_.probe_due_at(), steady_time::max());
  fail_calls(5);
  EXPECT_FALSE(health_.usable(now()));
  clock_.advance(10s);
  EXPECT_TRUE(health_.usable(now()));
  fail_calls(1); // on trial: one is enough
  EXPECT_FALSE(health_.usable(now()));
  clock_.advance(10s);
  health_.call_succeeded(now());
  health_.call_succeeded(now());
  EXPECT_FALSE(health_.sick());
}

TEST_F(health_test, calls_may_be_left_out) {
  health_ = health{{.call_failures = 0}};
  fail_calls(1'000);
  EXPECT_TRUE(health_.usable(now()));
}

} // namespace
} // namespace inferenceflow::resilience
