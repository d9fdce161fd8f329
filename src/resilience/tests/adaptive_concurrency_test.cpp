#include "resilience/adaptive_concurrency.h"

#include <gtest/gtest.h>
#include <queue>
#include <random>
#include <vector>

namespace inferenceflow::resilience {
namespace {

using namespace std::chrono_literals;

TEST(adaptive_concurrency_test, places_are_taken_and_given_back) {
  adaptive_concurrency limiter{{.least = 1, .first = 2}};
  EXPECT_TRUE(limiter.try_acquire());
  EXPECT_TRUE(limiter.try_acquire());
  EXPECT_FALSE(limiter.has_place());
  EXPECT_FALSE(limiter.try_acquire());
  limiter.release();
  EXPECT_TRUE(limiter.try_acquire());
  limiter.release();
  limiter.release();
  limiter.release(); // one too many takes nothing below zero
  EXPECT_EQ(limiter.in_flight(), 0U);
}

TEST(adaptive_concurrency_test, refusals_take_a_share_of_the_limit_once_per_window) {
  manual_clock clock;
  adaptive_concurrency limiter{{.first = 100}};
  for (int i = 0; i < 50; ++i) {
    limiter.refused(clock.steady_now());
  }
  EXPECT_EQ(limiter.limit(), 75U);
  clock.advance(1s);
  limiter.refused(clock.steady_now());
  EXPECT_EQ(limiter.limit(), 56U);
  for (int i = 0; i < 100; ++i) {
    clock.advance(1s);
    limiter.refused(clock.steady_now());
  }
  EXPECT_EQ(limiter.limit(), 4U);
}

TEST(adaptive_concurrency_test, an_unused_limit_does_not_grow) {
  manual_clock clock;
  adaptive_concurrency limiter{{}};
  for (int i = 0; i < 10'000; ++i) {
    clock.advance(10ms);
    ASSERT_TRUE(limiter.try_acquire());
    limiter.first_token(100ms, clock.steady_now());
    limiter.release();
  }
  EXPECT_EQ(limiter.limit(), 32U);
}

TEST(adaptive_concurrency_test, documents_alone_make_the_limit_grow_again_after_refusals) {
  manual_clock clock;
  adaptive_concurrency limiter{{.first = 20}};
  limiter.refused(clock.steady_now());
  EXPECT_EQ(limiter.limit(), 15U);
  clock.advance(2s);
  while (limiter.try_acquire()) {
  }
  for (int i = 0; i < 100; ++i) {
    limiter.answered(clock.steady_now());
  }
  EXPECT_GT(limiter.limit(), 19U);
  EXPECT_LT(limiter.limit(), 22U);
}

/// A backend with so many places: who comes when all are taken waits inside it, and that is what its first token shows.
class simulated_backend {
public:
  explicit simulated_backend(std::size_t places, concurrency_settings settings)
      : limiter_(settings)
      , free_at_(places, clock_.steady_now()) {}

  /// Offers more calls than it can serve for `seconds`. @returns served calls.
  int saturate(int seconds) {
    int served = 0;
    for (int ms = 0; ms < seconds * 1'000; ++ms) {
      clock_.advance(1ms);
      for (; !ends_.empty() && ends_.top() <= clock_.steady_now(); ends_.pop()) {
        limiter_.release();
        ++served;
      }
      for (int arriving = 0; arriving < 4 && limiter_.try_acquire(); ++arriving) {
        begin_call();
      }
    }
    return served;
  }

  void shrink_to(std::size_t places) { free_at_.resize(places); }
  [[nodiscard]] std::size_t limit() const { return limiter_.limit(); }

private:
  void begin_call() {
    auto place = std::min_element(free_at_.begin(), free_at_.end());
    const steady_time start = std::max(*place, clock_.steady_now());
    const auto prompt = std::chrono::milliseconds{80 + random_() % 40};
    *place = start + prompt + 200ms;
    limiter_.first_token(start + prompt - clock_.steady_now(), clock_.steady_now());
    ends_.push(*place);
  }

  manual_clock clock_;
  std::mt19937_64 random_{31};
  adaptive_concurrency limiter_;
  std::vector<steady_time> free_at_;
  std::priority_queue<steady_time, std::vector<steady_time>, std::greater<>> ends_;
};

TEST(adaptive_concurrency_test, finds_the_places_of_a_backend) {
  simulated_backend backend{64, {}};
  backend.saturate(60);
  EXPECT_GT(backend.limit(), 56U);
  EXPECT_LT(backend.limit(), 128U);
  const int served = backend.saturate(60);
  EXPECT_GT(served, 60 * 64 * 1'000 / 300 * 9 / 10); // nine tenths of what it can do
}

TEST(adaptive_concurrency_test, follows_a_backend_that_shrinks) {
  simulated_backend backend{64, {}};
  backend.saturate(60);
  const std::size_t before = backend.limit();
  backend.shrink_to(16);
  backend.saturate(60);
  EXPECT_LT(backend.limit(), before * 2 / 3);
}

TEST(adaptive_concurrency_test, stays_within_its_bounds) {
  simulated_backend small{512, {.least = 2, .most = 20, .first = 10}};
  small.saturate(60);
  EXPECT_EQ(small.limit(), 20U);
  simulated_backend slow{1, {.least = 2, .most = 20, .first = 10}};
  slow.saturate(120);
  EXPECT_GE(slow.limit(), 2U);
}

} // namespace
} // namespace inferenceflow::resilience
