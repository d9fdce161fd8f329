#include "resilience/target_load.h"

#include <cmath>
#include <gtest/gtest.h>

namespace inferenceflow::resilience {
namespace {

using namespace std::chrono_literals;

TEST(target_load_test, a_peak_counts_at_once_and_wears_off_slowly) {
  manual_clock clock;
  target_load load{10s};
  load.started(100);
  load.finished(100, 100, 1s, clock.steady_now());
  EXPECT_DOUBLE_EQ(load.time_per_token_ns(clock.steady_now()), 1e7);
  load.started(100);
  load.finished(100, 100, 5s, clock.steady_now());
  EXPECT_DOUBLE_EQ(load.time_per_token_ns(clock.steady_now()), 5e7);
  clock.advance(10s);
  load.started(100);
  load.finished(100, 100, 1s, clock.steady_now());
  EXPECT_NEAR(load.time_per_token_ns(clock.steady_now()), 5e7 / std::exp(1) + 1e7 * (1 - 1 / std::exp(1)), 1);
}

TEST(target_load_test, an_idle_target_gets_cheaper_until_it_is_tried_again) {
  manual_clock clock;
  target_load load{10s};
  load.started(1);
  load.finished(1, 1, 1s, clock.steady_now());
  const double at_once = load.cost(clock.steady_now());
  clock.advance(30s);
  EXPECT_NEAR(load.cost(clock.steady_now()), at_once * std::exp(-3), 1);
}

TEST(target_load_test, a_new_target_gets_one_call_and_then_waits_for_it) {
  manual_clock clock;
  target_load load;
  EXPECT_EQ(load.cost(clock.steady_now()), 0);
  load.started(10);
  EXPECT_GT(load.cost(clock.steady_now()), 1e17);
}

TEST(target_load_test, outstanding_tokens_raise_the_cost_and_failures_do_not_look_fast) {
  manual_clock clock;
  target_load load;
  load.started(9);
  load.finished(9, 1, 1us, clock.steady_now());
  load.started(9);
  EXPECT_EQ(load.outstanding_tokens(), 9U);
  EXPECT_DOUBLE_EQ(load.cost(clock.steady_now()), 1e4);
  load.dropped(9);
  EXPECT_DOUBLE_EQ(load.cost(clock.steady_now()), 1e3);
  load.dropped(9); // one too many takes nothing below zero
  EXPECT_EQ(load.outstanding_calls(), 0U);
}

} // namespace
} // namespace inferenceflow::resilience
