#include "app/cache_warm/pace.h"

#include <gtest/gtest.h>

namespace inferenceflow::app::cache_warm {
namespace {

using namespace std::chrono_literals;

TEST(pace, first_goes_at_once_and_the_next_after_its_interval) {
  manual_clock clock;
  pace paced{clock, 5};
  EXPECT_EQ(paced.take(), 0ns);
  EXPECT_EQ(paced.take(), 200ms);
  EXPECT_EQ(paced.take(), 200ms) << "asking takes nothing";
  clock.advance(150ms);
  EXPECT_EQ(paced.take(), 50ms);
  clock.advance(50ms);
  EXPECT_EQ(paced.take(), 0ns);
  EXPECT_EQ(paced.take(), 200ms);
}

TEST(pace, timers_that_come_late_cost_no_rate) {
  manual_clock clock;
  pace paced{clock, 100};
  const steady_time begun = clock.steady_now();
  for (int i = 0; i < 1'000; ++i) {
    for (auto wait = paced.take(); wait.count() != 0; wait = paced.take()) {
      clock.advance(wait + 3ms);
    }
  }
  EXPECT_GE(clock.steady_now() - begun, 9'970ms);
  EXPECT_LE(clock.steady_now() - begun, 10'030ms);
}

TEST(pace, idle_time_is_not_saved_up) {
  manual_clock clock;
  pace paced{clock, 10};
  EXPECT_EQ(paced.take(), 0ns);
  clock.advance(1h);
  EXPECT_EQ(paced.take(), 0ns);
  EXPECT_GE(paced.take(), 100ms - k_late_max);
}

TEST(pace, pause_holds_everything_and_the_longest_counts) {
  manual_clock clock;
  pace paced{clock, 1'000};
  paced.hold(3s);
  paced.hold(1s);
  EXPECT_EQ(paced.take(), 3s);
  clock.advance(2s);
  EXPECT_EQ(paced.take(), 1s);
  clock.advance(1s);
  EXPECT_EQ(paced.take(), 0ns);
}

TEST(pace, slow_rates_are_kept) {
  manual_clock clock;
  pace paced{clock, 0.01};
  EXPECT_EQ(paced.take(), 0ns);
  EXPECT_EQ(paced.take(), 100s);
}

} // namespace
} // namespace inferenceflow::app::cache_warm
