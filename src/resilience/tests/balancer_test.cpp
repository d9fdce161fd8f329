#include "resilience/balancer.h"

#include <deque>
#include <gtest/gtest.h>
#include <map>
#include <numeric>
#include <string>

namespace inferenceflow::resilience {
namespace {

using namespace std::chrono_literals;

class balancer_test : public ::testing::Test {
protected:
  balancer make(balance_policy policy, const std::vector<std::uint32_t>& weights, std::size_t floor_tokens = 0) {
    loads_.clear();
    std::vector<balanced_target> members;
    for (const std::uint32_t weight : weights) {
      loads_.emplace_back();
      members.push_back({.load = &loads_.back(), .identity = members.size() + 1, .weight = weight});
    }
    return balancer{{.policy = policy, .sticky_floor_tokens = floor_tokens}, std::move(members)};
  }
  std::optional<std::size_t> choose(balancer& from, candidate_set usable = ~candidate_set{0},
                                    std::uint64_t prefix = 0) {
    return from.choose(usable, prefix, clock_.steady_now(), random_);
  }
  std::vector<int> count(balancer& from, int calls, candidate_set usable = ~candidate_set{0}) {
    std::vector<int> counts(from.size());
    for (int i = 0; i < calls; ++i) {
      ++counts[choose(from, usable, mix_bits(static_cast<std::uint64_t>(i))).value()];
    }
    return counts;
  }

  manual_clock clock_;
  random_stream random_{17};
  std::deque<target_load> loads_;
};

TEST_F(balancer_test, weighted_turns_are_smooth) {
  balancer group = make(balance_policy::weighted, {5, 1, 1});
  std::string order;
  for (int i = 0; i < 7; ++i) {
    order += static_cast<char>('a' + static_cast<char>(*choose(group)));
  }
  EXPECT_EQ(order, "aabacaa"); // nginx' own example
}

TEST_F(balancer_test, weighted_turns_keep_to_who_is_usable) {
  balancer group = make(balance_policy::weighted, {2, 1, 1});
  EXPECT_EQ(count(group, 300, 0b110), (std::vector<int>{0, 150, 150}));
  EXPECT_EQ(choose(group, 0), std::nullopt);
  EXPECT_EQ(choose(group, 0b1000), std::nullopt); // no such member
}

TEST_F(balancer_test, a_target_without_weight_is_the_last_resort) {
  for (const auto policy : {balance_policy::weighted, balance_policy::least_outstanding, balance_policy::peak_ewma,
                            balance_policy::sticky}) {
    balancer group = make(policy, {1, 0, 1});
    EXPECT_EQ(count(group, 100)[1], 0);
    EXPECT_EQ(choose(group, 0b010), 1U);
  }
}

TEST_F(balancer_test, least_outstanding_by_weight) {
  balancer group = make(balance_policy::least_outstanding, {1, 2});
  std::vector<int> given(2);
  for (int i = 0; i < 300; ++i) {
    const std::size_t chosen = choose(group).value();
    loads_[chosen].started(100);
    ++given[chosen];
  }
  EXPECT_NEAR(given[0], 100, 1);
  EXPECT_NEAR(given[1], 200, 1);
}

TEST_F(balancer_test, idle_targets_take_turns) {
  balancer group = make(balance_policy::least_outstanding, {1, 1, 1, 1});
  EXPECT_EQ(count(group, 400), (std::vector<int>{100, 100, 100, 100}));
}

TEST_F(balancer_test, of_two_the_cheaper_one) {
  balancer group = make(balance_policy::peak_ewma, {1, 1, 1});
  for (std::size_t i = 0; i < 3; ++i) {
    loads_[i].started(10);
    loads_[i].finished(10, 10, 100ms * (i + 1), clock_.steady_now());
  }
  const std::vector<int> counts = count(group, 3'000);
  EXPECT_NEAR(counts[0], 2'000, 100); // whenever it is one of the two
  EXPECT_NEAR(counts[1], 1'000, 100);
  EXPECT_EQ(counts[2], 0); // always loses
}

TEST_F(balancer_test, two_choices_share_work_by_speed) {
  balancer group = make(balance_policy::peak_ewma, {1, 1, 1, 1});
  std::multimap<steady_time, std::pair<std::size_t, std::chrono::nanoseconds>> running;
  std::vector<int> given(4);
  for (int i = 0; i < 20'000; ++i) {
    clock_.advance(1ms);
    for (; !running.empty() && running.begin()->first <= clock_.steady_now(); running.erase(running.begin())) {
      const auto& [target, elapsed] = running.begin()->second;
      loads_[target].finished(100, 100, elapsed, clock_.steady_now());
    }
    const std::size_t chosen = choose(group).value();
    const auto elapsed = chosen == 3 ? 200ms : 20ms; // one of four is ten times as slow
    loads_[chosen].started(100);
    running.emplace(clock_.steady_now() + elapsed, std::pair{chosen, elapsed});
    ++given[chosen];
  }
  EXPECT_LT(given[3], 1'000);
  EXPECT_GT(given[3], 10); // but it is tried now and then
}

TEST_F(balancer_test, sticky_follows_the_prefix_and_spreads_prefixes_by_weight) {
  balancer group = make(balance_policy::sticky, {1, 1, 2});
  EXPECT_EQ(choose(group, 0b111, 42), choose(group, 0b111, 42));
  const std::vector<int> counts = count(group, 40'000);
  EXPECT_NEAR(counts[0], 10'000, 400);
  EXPECT_NEAR(counts[1], 10'000, 400);
  EXPECT_NEAR(counts[2], 20'000, 400);
}

TEST_F(balancer_test, sticky_moves_only_the_prefixes_of_a_target_that_is_gone) {
  for (const std::uint32_t last_weight : {1U, 3U}) {
    balancer group = make(balance_policy::sticky, {1, 1, 1, 1, last_weight});
    std::vector<int> inherited(5);
    for (std::uint64_t prefix = 0; prefix < 10'000; ++prefix) {
      const std::size_t favourite = choose(group, 0b11111, mix_bits(prefix)).value();
      const std::size_t without = choose(group, 0b11101, mix_bits(prefix)).value();
      if (favourite != 1) {
        ASSERT_EQ(without, favourite);
      } else {
        ++inherited[without];
      }
    }
    EXPECT_GT(*std::min_element(inherited.begin() + 2, inherited.end()), 100); // nobody inherits everything
  }
}

TEST_F(balancer_test, sticky_goes_to_the_next_above_the_bound_and_comes_back) {
  balancer group = make(balance_policy::sticky, {1, 1, 1, 1});
  const std::size_t favourite = choose(group, 0b1111, 9).value();
  for (std::size_t i = 0; i < 4; ++i) {
    loads_[i].started(1'000);
  }
  EXPECT_EQ(choose(group, 0b1111, 9), favourite);
  loads_[favourite].started(1'000); // 2000 of 5000 outstanding: its bound is 1562
  const std::size_t second = choose(group, 0b1111, 9).value();
  EXPECT_NE(second, favourite);
  EXPECT_EQ(second, choose(group, 0b1111 & ~(candidate_set{1} << favourite), 9));
  loads_[favourite].dropped(1'000);
  EXPECT_EQ(choose(group, 0b1111, 9), favourite);
}

TEST_F(balancer_test, little_load_does_not_drive_a_conversation_away) {
  balancer group = make(balance_policy::sticky, {1, 1, 1, 1}, 16'384);
  const std::size_t favourite = choose(group, 0b1111, 9).value();
  loads_[favourite].started(16'000); // all there is: far over the fair share, but it is not much
  EXPECT_EQ(choose(group, 0b1111, 9), favourite);
  loads_[favourite].started(1'000);
  EXPECT_NE(choose(group, 0b1111, 9), favourite);
}

TEST_F(balancer_test, one_hot_prefix_loads_no_target_over_its_bound) {
  balancer group = make(balance_policy::sticky, {1, 1, 1, 1});
  std::uint64_t total = 0;
  for (int i = 0; i < 4'000; ++i) {
    const std::size_t chosen = choose(group, 0b1111, i % 2 == 0 ? 9 : mix_bits(static_cast<std::uint64_t>(i))).value();
    ASSERT_LE(static_cast<double>(loads_[chosen].outstanding_tokens()), 1.25 * static_cast<double>(total) / 4);
    loads_[chosen].started(10);
    total += 10;
  }
}

} // namespace
} // namespace inferenceflow::resilience
