#include "resilience/admission_queue.h"

#include <deque>
#include <gtest/gtest.h>
#include <random>

namespace inferenceflow::resilience {
namespace {

using namespace std::chrono_literals;

class admission_queue_test : public ::testing::Test {
protected:
  [[nodiscard]] steady_time now() const { return clock_.steady_now(); }
  bool queue(waiter_id id, std::chrono::nanoseconds time = 5s) { return queue_.offer(id, now() + time, now()).queued; }
  /// Lets the queue learn that a place becomes free each `interval`.
  void learn(std::chrono::milliseconds interval) {
    for (waiter_id id = 1'000; id < 1'050; ++id) {
      ASSERT_TRUE(queue(id, 10s));
      clock_.advance(interval);
      ASSERT_EQ(queue_.next(now()), id);
    }
  }
  manual_clock clock_;
  admission_queue queue_{{.waiters_max = 3}};
};

TEST_F(admission_queue_test, first_come_first_served) {
  EXPECT_TRUE(queue(7) && queue(3) && queue(5));
  EXPECT_EQ(queue_.next(now()), 7U);
  EXPECT_TRUE(queue(9));
  EXPECT_EQ(queue_.next(now()), 3U);
  EXPECT_EQ(queue_.next(now()), 5U);
  EXPECT_EQ(queue_.next(now()), 9U);
  EXPECT_EQ(queue_.next(now()), std::nullopt);
}

TEST_F(admission_queue_test, a_full_queue_refuses) {
  EXPECT_TRUE(queue(1) && queue(2) && queue(3));
  const admission_verdict verdict = queue_.offer(4, now() + 5s, now());
  EXPECT_FALSE(verdict.queued);
  EXPECT_EQ(verdict.retry_after, 1s);
  EXPECT_EQ(queue_.size(), 3U);
}

TEST_F(admission_queue_test, who_leaves_makes_room) {
  EXPECT_TRUE(queue(1) && queue(2) && queue(3));
  EXPECT_TRUE(queue_.cancel(2));
  EXPECT_FALSE(queue_.cancel(2));
  EXPECT_TRUE(queue(4));
  EXPECT_EQ(queue_.next(now()), 1U);
  EXPECT_EQ(queue_.next(now()), 3U);
}

TEST_F(admission_queue_test, nobody_is_served_after_its_deadline) {
  EXPECT_TRUE(queue(1, 1s) && queue(2, 5s));
  clock_.advance(1s);
  EXPECT_EQ(queue_.next(now()), 2U);
  EXPECT_EQ(queue_.next(now()), std::nullopt);
  EXPECT_TRUE(queue_.cancel(1)) << "it leaves by itself";
  EXPECT_TRUE(queue_.empty());
}

TEST_F(admission_queue_test, the_longest_wait_is_bounded) {
  EXPECT_EQ(queue_.offer(1, now() + 1h, now()).deadline, now() + 10s);
  EXPECT_FALSE(queue(2, 0s));
}

TEST_F(admission_queue_test, refuses_at_once_what_cannot_be_served_in_time) {
  learn(2'000ms);
  EXPECT_FALSE(queue(1, 1s));
  EXPECT_TRUE(queue(1, 3s));
  EXPECT_FALSE(queue(2, 3s)); // two in front take four seconds
  EXPECT_TRUE(queue(2, 5s));
}

TEST_F(admission_queue_test, a_queue_that_stands_still_is_noticed) {
  learn(100ms);
  EXPECT_TRUE(queue(1, 10s));
  clock_.advance(4s);
  EXPECT_GE(queue_.wait_estimate(now()), 8s);
  EXPECT_FALSE(queue(2, 5s));
}

TEST_F(admission_queue_test, the_refusal_is_an_error_as_configured) {
  const error as_limit = queue_.refusal(3s);
  EXPECT_EQ(as_limit.kind, error_kind::rate_limited);
  EXPECT_EQ(as_limit.retry_after, 3s);
  EXPECT_TRUE(as_limit.retryable);
  EXPECT_EQ(admission_queue{{.refuse_as_rate_limit = false}}.refusal(1s).kind, error_kind::unavailable);
}

TEST_F(admission_queue_test, retry_after_says_when_there_is_room) {
  admission_queue large{{.waiters_max = 10'000, .wait_max = 10s}};
  for (waiter_id id = 0; id < 20; ++id) {
    ASSERT_TRUE(large.offer(id, now() + 10s, now()).queued);
    clock_.advance(100ms);
    ASSERT_TRUE(large.next(now()).has_value());
  }
  waiter_id id = 100;
  while (large.offer(id, now() + 10s, now()).queued) {
    ++id;
  }
  EXPECT_NEAR(static_cast<double>(large.size()), 100, 2); // ten seconds' worth
  EXPECT_EQ(large.offer(id, now() + 10s, now()).retry_after, 1s);
}

/// Random arrivals, departures, leavers and deadlines: order is kept among those who stay, everybody leaves exactly
/// once.
TEST_F(admission_queue_test, simulated_traffic_keeps_order_and_loses_nobody) {
  std::mt19937_64 random{41};
  admission_queue queue{{.waiters_max = 64}};
  std::deque<std::pair<waiter_id, steady_time>> expected;
  waiter_id next_id = 0;
  const auto erase = [&expected](waiter_id id) {
    const auto at = std::find_if(expected.begin(), expected.end(), [id](const auto& one) { return one.first == id; });
    ASSERT_NE(at, expected.end());
    expected.erase(at);
  };
  for (int i = 0; i < 50'000; ++i) {
    clock_.advance(std::chrono::milliseconds{random() % 40});
    for (auto at = expected.begin(); at != expected.end();) {
      if (at->second > now()) {
        ++at;
        continue;
      }
      ASSERT_TRUE(queue.cancel(at->first));
      at = expected.erase(at);
    }
    const auto dice = random() % 10;
    if (dice < 5) {
      const steady_time deadline = now() + std::chrono::milliseconds{1 + random() % 3'000};
      if (queue.offer(next_id, deadline, now()).queued) {
        expected.emplace_back(next_id, deadline);
      }
      ++next_id;
    } else if (dice < 9) {
      const auto served = queue.next(now());
      ASSERT_EQ(served.has_value(), !expected.empty());
      if (served) {
        ASSERT_EQ(*served, expected.front().first);
        expected.pop_front();
      }
    } else if (!expected.empty()) {
      const waiter_id id = expected[random() % expected.size()].first;
      ASSERT_TRUE(queue.cancel(id));
      erase(id);
    }
    ASSERT_EQ(queue.size(), expected.size());
    ASSERT_LE(queue.size(), 64U);
  }
}

} // namespace
} // namespace inferenceflow::resilience
