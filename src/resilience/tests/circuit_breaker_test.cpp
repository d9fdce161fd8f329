#include "resilience/circuit_breaker.h"

#include <gtest/gtest.h>
#include <random>
#include <vector>

namespace inferenceflow::resilience {
namespace {

using namespace std::chrono_literals;

class circuit_breaker_test : public ::testing::Test {
protected:
  void call(bool good, int times = 1) {
    for (int i = 0; i < times; ++i) {
      const breaker_permit permit = breaker_.enter(now());
      ASSERT_TRUE(permit.admitted);
      good ? breaker_.succeeded(permit, now()) : breaker_.failed(permit, now());
    }
  }
  [[nodiscard]] steady_time now() const { return clock_.steady_now(); }
  [[nodiscard]] breaker_state state() const { return breaker_.state(now()); }

  manual_clock clock_;
  circuit_breaker breaker_{{}};
};

TEST_F(circuit_breaker_test, opens_on_failures_in_a_row) {
  call(false, 4);
  call(true);
  call(false, 4);
  EXPECT_EQ(state(), breaker_state::closed);
  call(false);
  EXPECT_EQ(state(), breaker_state::open);
  EXPECT_FALSE(breaker_.allows(now()));
  EXPECT_FALSE(breaker_.enter(now()).admitted);
  EXPECT_EQ(breaker_.retry_at(now()), now() + 5s);
}

TEST_F(circuit_breaker_test, opens_on_the_share_of_enough_calls) {
  for (int i = 0; i < 9; ++i) {
    call(true);
    call(false);
  }
  EXPECT_EQ(state(), breaker_state::closed); // 50 %, but of 18 calls only
  call(true);
  call(false);
  EXPECT_EQ(state(), breaker_state::open);
}

TEST_F(circuit_breaker_test, old_failures_leave_the_window) {
  for (int i = 0; i < 9; ++i) {
    call(true);
    call(false);
  }
  clock_.advance(11s);
  call(true);
  call(false, 4);
  EXPECT_EQ(state(), breaker_state::closed);
}

TEST_F(circuit_breaker_test, half_open_lets_a_few_probes_in_and_closes_when_they_succeed) {
  call(false, 5);
  clock_.advance(5s);
  EXPECT_EQ(state(), breaker_state::half_open);
  const breaker_permit first = breaker_.enter(now());
  const breaker_permit second = breaker_.enter(now());
  EXPECT_TRUE(first.admitted && second.admitted);
  EXPECT_FALSE(breaker_.enter(now()).admitted);
  breaker_.dropped(first); // says nothing: its place is free again
  const breaker_permit third = breaker_.enter(now());
  EXPECT_TRUE(third.admitted);
  breaker_.succeeded(second, now());
  EXPECT_EQ(state(), breaker_state::half_open);
  breaker_.succeeded(third, now());
  EXPECT_EQ(state(), breaker_state::closed);
}

TEST_F(circuit_breaker_test, a_failed_probe_doubles_the_open_time_up_to_the_maximum) {
  call(false, 5);
  for (const auto open_time : {5s, 10s, 20s, 40s, 60s, 60s}) {
    EXPECT_EQ(breaker_.retry_at(now()), now() + open_time);
    clock_.advance(open_time - 1ns);
    EXPECT_FALSE(breaker_.allows(now()));
    clock_.advance(1ns);
    call(false);
  }
}

TEST_F(circuit_breaker_test, the_open_time_is_short_again_only_after_a_long_good_time) {
  const auto fail_and_recover = [this] {
    call(false, 5);
    const auto open_time = breaker_.retry_at(now()) - now();
    clock_.advance(open_time);
    call(true, 2);
    EXPECT_EQ(state(), breaker_state::closed);
    return open_time;
  };
  clock_.advance(2min);
  EXPECT_EQ(fail_and_recover(), 5s);
  clock_.advance(10s);
  EXPECT_EQ(fail_and_recover(), 10s); // flaps
  clock_.advance(61s);
  EXPECT_EQ(fail_and_recover(), 5s);
}

TEST_F(circuit_breaker_test, outcomes_of_calls_from_before_do_not_count) {
  std::vector<breaker_permit> slow(4);
  for (breaker_permit& permit : slow) {
    permit = breaker_.enter(now());
  }
  call(false, 5);
  clock_.advance(5s);
  const breaker_permit probe = breaker_.enter(now());
  for (const breaker_permit permit : slow) {
    breaker_.failed(permit, now()); // they began while it was closed
  }
  EXPECT_EQ(state(), breaker_state::half_open);
  breaker_.succeeded(probe, now());
  call(true);
  EXPECT_EQ(state(), breaker_state::closed);
}

TEST_F(circuit_breaker_test, lost_probes_do_not_block_it_for_ever) {
  call(false, 5);
  clock_.advance(5s);
  const breaker_permit lost = breaker_.enter(now());
  ASSERT_TRUE(breaker_.enter(now()).admitted);
  EXPECT_FALSE(breaker_.allows(now()));
  clock_.advance(2min);
  EXPECT_TRUE(breaker_.allows(now()));
  call(true);
  breaker_.dropped(lost); // reported after all: belongs to a past era
  call(true);
  EXPECT_EQ(state(), breaker_state::closed);
}

TEST_F(circuit_breaker_test, fast_failures_among_slow_answers_do_not_look_like_an_outage) {
  std::vector<breaker_permit> running;
  for (int i = 0; i < 100; ++i) { // none of the ninety good ones has answered yet
    const breaker_permit permit = breaker_.enter(now());
    if (i % 10 == 9) {
      breaker_.failed(permit, now());
    } else {
      running.push_back(permit);
    }
  }
  EXPECT_EQ(state(), breaker_state::closed);
  for (const breaker_permit permit : running) { // but when they all fail it is one
    breaker_.failed(permit, now());
  }
  EXPECT_EQ(state(), breaker_state::open);
}

TEST_F(circuit_breaker_test, an_answer_that_breaks_after_its_first_byte_counts_as_a_failure) {
  call(false, 5);
  clock_.advance(5s);
  const breaker_permit probe = breaker_.enter(now());
  breaker_.succeeded(probe, now());
  breaker_.failed(probe, now());
  EXPECT_EQ(state(), breaker_state::open);
}

/// A backend that is down half of the time: the breaker takes most of the calls away from it, and finds each recovery.
TEST_F(circuit_breaker_test, simulated_outages_cost_few_calls) {
  std::mt19937_64 random{11};
  int bad = 0;
  int wrongly_refused = 0;
  constexpr int k_calls = 600'000; // ten minutes at a thousand calls per second
  for (int i = 0; i < k_calls; ++i) {
    clock_.advance(1ms);
    const bool down = (i / 60'000) % 2 == 1;
    const breaker_permit permit = breaker_.enter(now());
    if (!permit.admitted) {
      wrongly_refused += down ? 0 : 1;
    } else if (down || random() % 100 < 2) {
      breaker_.failed(permit, now());
      bad += down ? 1 : 0;
    } else {
      breaker_.succeeded(permit, now());
    }
  }
  EXPECT_LT(bad, 100);
  EXPECT_LT(wrongly_refused, k_calls / 2 * 6 / 10); // at most the longest open time reaches into each good minute
}

} // namespace
} // namespace inferenceflow::resilience
