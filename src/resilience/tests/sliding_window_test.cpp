#include "resilience/sliding_window.h"

#include <deque>
#include <gtest/gtest.h>
#include <random>

namespace inferenceflow::resilience {
namespace {

using namespace std::chrono_literals;

TEST(sliding_window_test, forgets_after_one_window) {
  manual_clock clock;
  sliding_window<1> window{10s};
  window.add(0, clock.steady_now());
  clock.advance(8'999ms);
  window.roll(clock.steady_now());
  EXPECT_EQ(window.sum(0), 1U);
  clock.advance(1'002ms);
  window.roll(clock.steady_now());
  EXPECT_EQ(window.sum(0), 0U);
}

TEST(sliding_window_test, a_clock_read_earlier_counts_into_the_current_bucket) {
  manual_clock clock;
  sliding_window<1> window{10s};
  const steady_time before = clock.steady_now();
  clock.advance(1h);
  window.add(0, clock.steady_now());
  window.add(0, before);
  EXPECT_EQ(window.sum(0), 2U);
}

/// Against the exact list of moments: never counts more than the window holds, never less than nine tenths of it.
TEST(sliding_window_test, agrees_with_a_list_of_moments) {
  std::mt19937_64 random{7};
  manual_clock clock;
  sliding_window<2> window{5s};
  std::deque<steady_time> moments;
  for (int i = 0; i < 20'000; ++i) {
    clock.advance(std::chrono::milliseconds{random() % (i % 1'000 == 0 ? 8'000 : 20)});
    const steady_time now = clock.steady_now();
    window.add(1, now);
    moments.push_back(now);
    while (moments.front() <= now - 5s) {
      moments.pop_front();
    }
    const auto recent = static_cast<std::size_t>(
        std::count_if(moments.begin(), moments.end(), [now](steady_time at) { return at > now - 4'500ms; }));
    ASSERT_LE(window.sum(1), moments.size());
    ASSERT_GE(window.sum(1), recent);
    ASSERT_EQ(window.sum(0), 0U);
  }
}

} // namespace
} // namespace inferenceflow::resilience
