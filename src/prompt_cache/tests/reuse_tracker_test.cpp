#include "prompt_cache/reuse_tracker.h"

#include <gtest/gtest.h>
#include <thread>

namespace inferenceflow::prompt_cache {
namespace {

using namespace std::chrono_literals;
using dialogue::cache_life;

constexpr steady_time k_start{1h};

class reuse_tracker_test : public testing::Test {
protected:
  reuse arrive(std::uint64_t hash, steady_time now, std::uint32_t depth = 0) {
    const boundary at{
        .hash = hash, .tokens = 2'000, .depth = depth, .part = depth == 0 ? section::system : section::history};
    tracker_.arrive({.own = 1, .common = 2}, {&at, 1}, now, out_);
    return out_.at(0);
  }

  reuse_tracker tracker_{std::size_t{1} << 20U};
  std::vector<reuse> out_;
};

TEST_F(reuse_tracker_test, one_that_comes_back_is_expected_again) {
  const double first = arrive(10, k_start).within_minutes;
  const double second = arrive(10, k_start + 1min).within_minutes;
  EXPECT_GT(second, first);
  double last = 0;
  for (int i = 2; i < 30; ++i) {
    last = arrive(10, k_start + i * 1min).within_minutes;
  }
  EXPECT_GT(last, 0.8);
  EXPECT_LE(last, 0.98);
}

TEST_F(reuse_tracker_test, late_returns_count_for_the_hour_alone) {
  reuse last;
  for (int i = 0; i < 30; ++i) {
    last = arrive(10, k_start + i * 10min);
  }
  EXPECT_LT(last.within_minutes, 0.1);
  EXPECT_GT(last.within_hour, 0.8);
  for (int i = 1; i < 30; ++i) {
    last = arrive(10, k_start + 300min + i * 2h);
  }
  EXPECT_LT(last.within_hour, 0.2);
}

TEST_F(reuse_tracker_test, new_ones_are_judged_by_their_kind) {
  for (std::uint64_t i = 0; i < 50; ++i) { // histories that nobody asks for again
    arrive(1'000 + i, k_start + i * 1s, 1);
  }
  EXPECT_LT(arrive(2'000, k_start + 60s, 1).within_minutes, 0.05);
  EXPECT_GT(arrive(2'001, k_start + 60s, 0).within_minutes, 0.2) << "a system prompt is of another kind";
  for (std::uint64_t i = 0; i < 50; ++i) { // conversations that go on after their first turn
    arrive(3'000 + i, k_start + 61s + i * 1s, 1);
    arrive(3'000 + i, k_start + 62s + i * 1s, 1);
  }
  EXPECT_GT(arrive(4'000, k_start + 200s, 1).within_minutes, 0.5);
}

TEST_F(reuse_tracker_test, one_try_is_what_trying_costs) {
  const double pays = 0.25 / 0.9 / (1 + 0.25 / 0.9);
  EXPECT_GT(arrive(1'000, k_start, 1).within_minutes, pays);
  EXPECT_LT(arrive(1'001, k_start + 1s, 1).within_minutes, pays);
}

TEST_F(reuse_tracker_test, what_is_kept_is_kept_for_its_life_and_refreshed) {
  arrive(10, k_start);
  EXPECT_EQ(arrive(10, k_start + 1s).kept, std::nullopt);
  tracker_.kept(10, cache_life::minutes_5, k_start + 1s);
  EXPECT_EQ(arrive(10, k_start + 5min).kept, cache_life::minutes_5);
  tracker_.kept(10, cache_life::minutes_5, k_start + 5min);
  EXPECT_EQ(arrive(10, k_start + 9min).kept, cache_life::minutes_5);
  EXPECT_EQ(arrive(10, k_start + 11min).kept, std::nullopt);
  tracker_.kept(10, cache_life::hour_1, k_start + 11min);
  EXPECT_EQ(arrive(10, k_start + 70min).kept, cache_life::hour_1);
  tracker_.gone(10);
  EXPECT_EQ(arrive(10, k_start + 70min).kept, std::nullopt);
}

TEST_F(reuse_tracker_test, tells_what_comes_too_often_for_one_machine) {
  reuse last;
  for (int i = 0; i < 40; ++i) {
    last = arrive(10, k_start + i * 1s);
  }
  EXPECT_TRUE(last.busy);
  for (int i = 1; i < 60; ++i) {
    last = arrive(10, k_start + 40s + i * 6s); // ten a minute: between the two limits, so nothing changes
  }
  EXPECT_TRUE(last.busy);
  for (int i = 1; i < 40; ++i) {
    last = arrive(10, k_start + 10min + i * 30s);
  }
  EXPECT_FALSE(last.busy);
}

TEST_F(reuse_tracker_test, learns_how_many_tokens_an_estimate_is) {
  EXPECT_EQ(tracker_.scale(7), 1.0);
  tracker_.learn_scale(7, 1'000, 800, k_start);
  EXPECT_NEAR(tracker_.scale(7), 0.8, 1e-6);
  for (int i = 0; i < 40; ++i) {
    tracker_.learn_scale(7, 1'000, 1'200, k_start);
  }
  EXPECT_NEAR(tracker_.scale(7), 1.2, 0.01);
  tracker_.learn_scale(7, 0, 1'200, k_start);
  EXPECT_NEAR(tracker_.scale(7), 1.2, 0.01);
  EXPECT_EQ(tracker_.scale(8), 1.0);
}

TEST(reuse_tracker_bounds, a_full_table_forgets_who_was_seen_longest_ago) {
  reuse_tracker small{1}; // one bucket of eight
  std::vector<reuse> out;
  for (std::uint64_t i = 1; i <= 40; ++i) {
    const boundary at{.hash = i * 2 + 1, .depth = 1};
    small.arrive({.own = 1, .common = 2}, {&at, 1}, k_start + std::chrono::seconds{i}, out);
  }
  EXPECT_GT(small.dropped(), 30U);
  const boundary again{.hash = 81, .depth = 1};
  small.kept(81, cache_life::minutes_5, k_start + 41s);
  small.arrive({.own = 1, .common = 2}, {&again, 1}, k_start + 42s, out);
  EXPECT_TRUE(out[0].kept) << "the last one is still there";
}

TEST(reuse_tracker_bounds, many_threads_at_once) {
  reuse_tracker shared{std::size_t{1} << 16U};
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&shared, t] {
      std::vector<reuse> out;
      for (std::uint64_t i = 0; i < 5'000; ++i) {
        const boundary at[2]{{.hash = i % 7 + 1, .part = section::system}, {.hash = i * 31 + t, .depth = 1}};
        shared.arrive({.own = i % 3 + 1, .common = 9}, at, k_start + std::chrono::milliseconds{i}, out);
        shared.kept(at[1].hash, cache_life::minutes_5, k_start);
        ASSERT_EQ(out.size(), 2U);
        ASSERT_LE(out[0].within_minutes, 0.98);
      }
    });
  }
  for (auto& each : threads) {
    each.join();
  }
}

} // namespace
} // namespace inferenceflow::prompt_cache
