#include "engine/residency.h"

#include <gtest/gtest.h>
#include <random>
#include <vector>

namespace inferenceflow::engine {
namespace {

using namespace std::chrono_literals;
using answer = residency::answer;
using urgency = residency::urgency;

class residency_test : public ::testing::Test {
protected:
  residency::model_id in_memory(std::uint64_t bytes, std::chrono::milliseconds took = 1s) {
    const auto model = models_.add();
    EXPECT_EQ(models_.ask(model, bytes, urgency::needed, now_), answer::granted);
    models_.loaded(model, took, now_);
    return model;
  }

  steady_time now_{1h};
  residency models_{{.bytes_max = 100, .patience = 2s}};
};

TEST_F(residency_test, what_fits_is_granted_until_it_is_released) {
  const auto first = in_memory(60);
  const auto second = models_.add();
  EXPECT_EQ(models_.bytes(), 60U);
  EXPECT_EQ(models_.ask(second, 40, urgency::needed, now_), answer::granted);
  EXPECT_EQ(models_.bytes(), 100U);
  models_.released(first);
  models_.released(second);
  EXPECT_EQ(models_.bytes(), 0U);
}

TEST_F(residency_test, what_is_larger_than_the_bound_never_comes) {
  const auto huge = models_.add();
  EXPECT_EQ(models_.ask(huge, 101, urgency::needed, now_), answer::never);
  EXPECT_EQ(models_.bytes(), 0U);
}

TEST_F(residency_test, without_a_bound_everything_is_granted) {
  residency free{{.bytes_max = 0, .patience = 2s}};
  const auto one = free.add();
  EXPECT_EQ(free.ask(one, std::uint64_t{1} << 50U, urgency::needed, now_), answer::granted);
}

TEST_F(residency_test, the_least_useful_goes) {
  const auto often = in_memory(40);
  const auto seldom = in_memory(40);
  for (int i = 0; i < 10; ++i) {
    models_.used(often, now_);
  }
  models_.used(seldom, now_);
  now_ += 3s;
  const auto next = models_.add();
  EXPECT_EQ(models_.ask(next, 40, urgency::needed, now_), answer::wait);
  EXPECT_FALSE(models_.shall_go(often));
  EXPECT_TRUE(models_.shall_go(seldom));
  models_.released(seldom);
  EXPECT_EQ(models_.ask(next, 40, urgency::needed, now_), answer::granted);
}

TEST_F(residency_test, what_is_slow_to_load_and_small_stays) {
  const auto slow = in_memory(20, 60s);
  const auto fast = in_memory(60, 1s);
  models_.used(slow, now_);
  models_.used(fast, now_);
  now_ += 3s;
  const auto next = models_.add();
  EXPECT_EQ(models_.ask(next, 50, urgency::needed, now_), answer::wait);
  EXPECT_FALSE(models_.shall_go(slow));
  EXPECT_TRUE(models_.shall_go(fast));
}

TEST_F(residency_test, what_was_used_long_ago_counts_less) {
  const auto once_popular = in_memory(50);
  const auto popular_now = in_memory(50);
  for (int i = 0; i < 8; ++i) {
    models_.used(once_popular, now_);
  }
  now_ += 1h;
  models_.used(popular_now, now_);
  const auto next = models_.add();
  EXPECT_EQ(models_.ask(next, 10, urgency::needed, now_), answer::wait);
  EXPECT_TRUE(models_.shall_go(once_popular));
  EXPECT_FALSE(models_.shall_go(popular_now));
}

TEST_F(residency_test, what_is_in_use_stays_until_somebody_has_waited_for_patience) {
  const auto busy = in_memory(80);
  models_.in_use(busy, true);
  now_ += 10s;
  const auto next = models_.add();
  EXPECT_EQ(models_.ask(next, 50, urgency::needed, now_), answer::wait);
  EXPECT_FALSE(models_.shall_go(busy));
  now_ += 2s;
  EXPECT_EQ(models_.ask(next, 50, urgency::needed, now_), answer::wait);
  EXPECT_TRUE(models_.shall_go(busy)) << "it finishes, begins nothing new, and goes";
}

TEST_F(residency_test, idle_ones_go_before_busy_ones) {
  const auto busy = in_memory(40);
  const auto idle = in_memory(40);
  models_.in_use(busy, true);
  for (int i = 0; i < 100; ++i) {
    models_.used(idle, now_);
  }
  const auto next = models_.add();
  EXPECT_EQ(models_.ask(next, 40, urgency::needed, now_), answer::wait);
  now_ += 5s;
  EXPECT_EQ(models_.ask(next, 40, urgency::needed, now_), answer::wait);
  EXPECT_TRUE(models_.shall_go(idle));
  EXPECT_FALSE(models_.shall_go(busy));
}

TEST_F(residency_test, what_has_just_come_stays_for_patience) {
  const auto fresh = in_memory(80);
  const auto next = models_.add();
  EXPECT_EQ(models_.ask(next, 50, urgency::needed, now_), answer::wait);
  EXPECT_FALSE(models_.shall_go(fresh)) << "else two would throw each other out for ever";
  now_ += 2s;
  EXPECT_EQ(models_.ask(next, 50, urgency::needed, now_), answer::wait);
  EXPECT_TRUE(models_.shall_go(fresh));
}

TEST_F(residency_test, no_more_are_asked_to_go_than_needed) {
  const auto first = in_memory(30);
  const auto second = in_memory(30);
  const auto third = in_memory(30);
  now_ += 3s;
  const auto next = models_.add();
  for (int again = 0; again < 3; ++again) {
    EXPECT_EQ(models_.ask(next, 30, urgency::needed, now_), answer::wait);
  }
  const int going =
      (models_.shall_go(first) ? 1 : 0) + (models_.shall_go(second) ? 1 : 0) + (models_.shall_go(third) ? 1 : 0);
  EXPECT_EQ(going, 1);
}

TEST_F(residency_test, what_is_not_needed_yet_sends_nobody_away) {
  const auto there = in_memory(80);
  now_ += 10s;
  const auto next = models_.add();
  EXPECT_EQ(models_.ask(next, 50, urgency::when_free, now_), answer::wait);
  EXPECT_FALSE(models_.shall_go(there));
  EXPECT_EQ(models_.ask(next, 20, urgency::when_free, now_), answer::granted);
}

TEST_F(residency_test, room_that_somebody_waits_for_is_his) {
  const auto there = in_memory(60);
  models_.in_use(there, true);
  const auto large = models_.add();
  EXPECT_EQ(models_.ask(large, 90, urgency::needed, now_), answer::wait);
  now_ += 1s;
  const auto small = models_.add();
  EXPECT_EQ(models_.ask(small, 30, urgency::needed, now_), answer::wait) << "or the large one would never fit";
  models_.released(large);
  EXPECT_EQ(models_.ask(small, 30, urgency::needed, now_), answer::granted);
}

// Models of all sizes come and go: the bound holds at every moment, and everybody is served in the end.
TEST(residency_simulation, the_bound_holds_and_nobody_starves) {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    std::mt19937 random{seed};
    steady_time now{1h};
    residency models{{.bytes_max = 1'000, .patience = 2s}};
    struct state {
      std::uint64_t bytes = 0;
      bool in = false;
      steady_time busy_until{};
      steady_time asked_at{};
      bool wants = false;
      int served = 0;
    };
    std::vector<state> all(6);
    for (auto& each : all) {
      models.add();
      each.bytes = 100 + random() % 700;
    }
    for (int tick = 0; tick < 20'000; ++tick, now += 50ms) {
      for (std::size_t i = 0; i < all.size(); ++i) {
        auto& each = all[i];
        const bool busy = each.in && each.busy_until > now;
        models.in_use(i, busy);
        if (each.in && models.shall_go(i) && !busy) {
          models.released(i);
          each.in = false;
        }
        if (!each.wants && random() % (10 * (i + 1)) == 0) {
          each.wants = true;
          each.asked_at = now;
          models.used(i, now);
        }
        if (each.wants && !each.in && models.ask(i, each.bytes, urgency::needed, now) == answer::granted) {
          models.loaded(i, std::chrono::milliseconds(each.bytes), now);
          each.in = true;
        }
        ASSERT_LE(models.bytes(), 1'000U);
        if (each.wants && each.in && !models.shall_go(i)) {
          ASSERT_LE(now - each.asked_at, 120s) << "seed " << seed << ", model " << i;
          each.busy_until = now + std::chrono::milliseconds(100 + random() % 2'000);
          each.wants = false;
          ++each.served;
        }
      }
    }
    for (const auto& each : all) {
      EXPECT_GT(each.served, 3) << "seed " << seed;
    }
  }
}

} // namespace
} // namespace inferenceflow::engine
