#include "net/deadline_wheel.h"

#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <vector>

namespace inferenceflow::net {
namespace {

using std::chrono::milliseconds;

std::uint64_t ticks(milliseconds time) {
  return static_cast<std::uint64_t>(time / deadline_wheel::k_tick);
}

TEST(deadline_wheel, fires_never_early_and_at_most_two_ticks_late) {
  for (const milliseconds after : {milliseconds{1}, milliseconds{50}, milliseconds{51}, milliseconds{10'000},
                                   milliseconds{75'000}, milliseconds{200'000}}) {
    deadline_wheel wheel;
    std::uint64_t now = 0;
    std::uint64_t fired_at = 0;
    deadline timeout{wheel, [&] { fired_at = now; }};
    timeout.arm(after);
    while (fired_at == 0 && now < 10'000) {
      ++now;
      wheel.advance(1);
    }
    EXPECT_GE(now * 50, static_cast<std::uint64_t>(after.count())) << after.count();
    EXPECT_LE(now, ticks(after) + 2) << after.count();
    EXPECT_EQ(wheel.armed(), 0U);
  }
}

TEST(deadline_wheel, a_disarmed_or_rearmed_deadline_does_not_fire_at_its_old_time) {
  deadline_wheel wheel;
  int fired = 0;
  deadline timeout{wheel, [&] { ++fired; }};
  timeout.arm(milliseconds{100});
  timeout.arm(milliseconds{1'000});
  wheel.advance(10);
  EXPECT_EQ(fired, 0);
  timeout.disarm();
  wheel.advance(100);
  EXPECT_EQ(fired, 0);
  timeout.arm(milliseconds{0});
  EXPECT_FALSE(timeout.armed());
}

TEST(deadline_wheel, a_hook_may_destroy_its_neighbours_and_rearm_itself) {
  deadline_wheel wheel;
  int fired = 0;
  auto neighbour = std::make_unique<deadline>(wheel, [&] { ADD_FAILURE() << "destroyed before its turn"; });
  deadline* self = nullptr;
  deadline first{wheel, [&] {
                   ++fired;
                   neighbour.reset();
                   self->arm(milliseconds{100});
                 }};
  self = &first;
  first.arm(milliseconds{100});
  neighbour->arm(milliseconds{100});
  wheel.advance(4);
  EXPECT_EQ(fired, 1);
  wheel.advance(4);
  EXPECT_EQ(fired, 2);
  first.disarm();
}

TEST(deadline_wheel, asks_for_a_timer_only_when_it_was_empty) {
  deadline_wheel wheel;
  int started = 0;
  wheel.on_first_armed([&] { ++started; });
  deadline a{wheel, [] {}};
  deadline b{wheel, [] {}};
  a.arm(milliseconds{100});
  b.arm(milliseconds{100});
  EXPECT_EQ(started, 1);
  wheel.advance(10);
  a.arm(milliseconds{100});
  EXPECT_EQ(started, 2);
}

TEST(deadline_wheel, agrees_with_a_plain_list_over_random_operations) {
  std::mt19937 random{7};
  deadline_wheel wheel;
  std::uint64_t now = 0;
  std::vector<std::uint64_t> armed_until(50, 0);
  std::vector<std::unique_ptr<deadline>> deadlines;
  for (std::size_t i = 0; i < armed_until.size(); ++i) {
    deadlines.push_back(std::make_unique<deadline>(wheel, [&, i] {
      EXPECT_NE(armed_until[i], 0U);
      EXPECT_GE(now, armed_until[i]);
      EXPECT_LE(now, armed_until[i] + 2);
      armed_until[i] = 0;
    }));
  }
  for (int step = 0; step < 20'000; ++step) {
    const std::size_t i = random() % armed_until.size();
    if (random() % 4 == 0) {
      deadlines[i]->disarm();
      armed_until[i] = 0;
    } else {
      const auto wait = static_cast<std::uint64_t>(random() % 3'000 + 1);
      deadlines[i]->arm(milliseconds{static_cast<std::int64_t>(wait * 50)});
      armed_until[i] = now + wait;
    }
    ++now;
    wheel.advance(1);
  }
}

} // namespace
} // namespace inferenceflow::net
