#include "learning/pacer.h"

#include <cmath>
#include <deque>
#include <gtest/gtest.h>
#include <limits>
#include <random>

namespace inferenceflow::learning {
namespace {

using namespace std::chrono_literals;

constexpr money usd(double amount) {
  return money::from_nano_usd(static_cast<std::int64_t>(amount * 1e9));
}

const steady_time k_start{1h};

pacer made(const pacer_options& options) {
  auto created = pacer::create(options, k_start);
  EXPECT_TRUE(created);
  return *created;
}

struct spending {
  double spent = 0;      ///< USD in the period
  double first_half = 0; ///< of it, in the first half of the period
  double reward = 0;
  int served = 0;
};

/// A day of requests every `gap`: a cheap model worth 0.6 and a dear one of 0.6 + gain, whose cost varies and passes
/// what was reserved in `over_share` of the calls by 30 %. Calls take a while to settle.
spending day_of(pacer& budget, std::chrono::seconds gap, double over_share, std::uint64_t seed) {
  std::mt19937_64 draws{seed};
  std::uniform_real_distribution<double> uniform;
  struct call {
    money reserved, asked, cost;
  };
  std::deque<call> running;
  spending seen;
  steady_time now = k_start;
  const auto settle_one = [&] {
    const call done = running.front();
    running.pop_front();
    budget.settle(done.reserved, done.asked, done.cost, now);
    seen.spent += done.cost.usd();
    seen.first_half += now - k_start < 12h ? done.cost.usd() : 0;
  };
  for (; now < k_start + 24h - 60s; now += gap) {
    const double gain = 0.4 * uniform(draws);
    const double dear = 0.01 + 0.02 * uniform(draws);
    const bool wants_dear = gain > budget.price(now) * dear;
    const double expected = wants_dear ? dear : dear / 20;
    const auto reserved = budget.reserve(usd(expected), now);
    if (reserved) {
      const double factor = uniform(draws) < over_share ? 1.3 : uniform(draws);
      running.push_back({*reserved, usd(expected), usd(expected * factor)});
      seen.reward += wants_dear ? 0.6 + gain : 0.6;
      ++seen.served;
    }
    if (running.size() > 16) {
      settle_one();
    }
  }
  while (!running.empty()) {
    settle_one();
  }
  return seen;
}

class budgets : public ::testing::TestWithParam<double> {};

TEST_P(budgets, are_never_overspent_by_more_than_one_percent) {
  for (const double over_share : {0.0, 0.02, 0.2}) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      pacer budget = made({.budget = usd(GetParam())});
      const spending seen = day_of(budget, 20s, over_share, seed);
      EXPECT_LE(seen.spent, 1.01 * GetParam()) << over_share;
      EXPECT_EQ(budget.state(k_start).reserved, money{});
    }
  }
}

TEST_P(budgets, are_spent_evenly_where_they_are_scarce) {
  pacer budget = made({.budget = usd(GetParam())});
  const spending seen = day_of(budget, 20s, 0.0, 9);
  if (GetParam() < 20) { // all the dear calls of a day cost about 43
    EXPECT_GT(seen.spent, 0.85 * GetParam());
    EXPECT_GT(seen.first_half, 0.35 * seen.spent);
    EXPECT_LT(seen.first_half, 0.65 * seen.spent);
    EXPECT_GT(budget.price(k_start + 23h), 0);
  } else {
    EXPECT_LT(seen.spent, GetParam());
  }
}

INSTANTIATE_TEST_SUITE_P(of_a_day, budgets, ::testing::Values(4.0, 8.0, 15.0, 1000.0));

TEST(pacer, earns_more_than_spending_all_at_once) {
  pacer paced = made({.budget = usd(8)});
  const spending even = day_of(paced, 20s, 0, 3);
  pacer unpaced = made({.budget = usd(8), .step = 1e-12});
  const spending at_once = day_of(unpaced, 20s, 0, 3);
  EXPECT_GT(even.reward, at_once.reward);
  EXPECT_GT(even.served, at_once.served);
}

TEST(pacer, stops_hard) {
  pacer budget = made({.budget = usd(1)});
  const auto first = budget.reserve(usd(0.7), k_start);
  ASSERT_TRUE(first);
  EXPECT_FALSE(budget.reserve(usd(0.31), k_start));
  EXPECT_EQ(budget.left(k_start), usd(0.3));
  EXPECT_EQ(budget.state(k_start).refused, 1U);
  budget.settle(*first, usd(0.7), usd(0.2), k_start);
  EXPECT_EQ(budget.left(k_start), usd(0.8));
  EXPECT_TRUE(budget.reserve(usd(0.8), k_start));
  EXPECT_FALSE(budget.reserve(money::from_nano_usd(1), k_start));
  EXPECT_TRUE(budget.reserve(money{}, k_start)); // what is free
}

TEST(pacer, sets_more_aside_after_calls_that_cost_more_than_reserved) {
  pacer budget = made({.budget = usd(10)});
  const auto first = budget.reserve(usd(1), k_start);
  budget.settle(*first, usd(1), usd(1.5), k_start);
  EXPECT_EQ(*budget.reserve(usd(1), k_start), usd(1.5));
  EXPECT_EQ(budget.left(k_start), usd(7));
}

/// Calls of a thousandth of the budget, one a second.
steady_time spend(pacer& budget, int calls, steady_time from) {
  for (int i = 0; i < calls; ++i, from += 1s) {
    const auto held = budget.reserve(usd(0.01), from);
    budget.settle(*held, usd(0.01), usd(0.01), from);
  }
  return from;
}

TEST(pacer, forgets_an_overrun_over_some_hundred_calls) {
  pacer budget = made({.budget = usd(1'000)});
  const auto first = budget.reserve(usd(1), k_start);
  budget.settle(*first, usd(1), usd(2), k_start);
  (void)spend(budget, 100, k_start);
  EXPECT_GT(budget.state(k_start).overrun, 1.5);
  (void)spend(budget, 1'500, k_start);
  EXPECT_LT(budget.state(k_start).overrun, 1.01);
}

TEST(pacer, takes_no_overrun_for_more_than_ten) {
  pacer budget = made({.budget = usd(100)});
  const auto held = budget.reserve(usd(0.01), k_start);
  budget.settle(*held, usd(0.01), usd(5), k_start);
  EXPECT_EQ(*budget.reserve(usd(1), k_start), usd(10));
}

TEST(pacer, a_quiet_night_is_not_spent_in_one_minute) {
  pacer budget = made({.budget = usd(10)});
  const steady_time evening = spend(budget, 400, k_start);
  const double price = budget.price(evening);
  (void)spend(budget, 1, evening + 10h);
  EXPECT_LT(budget.price(evening + 10h), price);
  EXPECT_GT(budget.price(evening + 10h), price / 2);
}

TEST(pacer, gives_a_new_period_no_time_of_the_old_one) {
  pacer budget = made({.budget = usd(10), .period = 1'000s});
  (void)spend(budget, 1, k_start);
  const double price = budget.price(k_start);
  (void)spend(budget, 1, k_start + 1'000s); // at its very beginning nothing is due yet
  EXPECT_GT(budget.price(k_start + 1'000s), price);
}

TEST(pacer, has_a_greatest_price) {
  pacer budget = made({.budget = usd(10), .step = 0.5, .price_max = 2});
  (void)spend(budget, 500, k_start);
  EXPECT_NEAR(budget.price(k_start + 500s), 2 / 0.01, 1e-6); // two units of reward for a call of a cent
}

TEST(pacer, begins_anew_with_each_period) {
  pacer budget = made({.budget = usd(1), .period = 60s});
  const auto running = budget.reserve(usd(0.4), k_start);
  const auto done = budget.reserve(usd(0.6), k_start);
  budget.settle(*done, usd(0.6), usd(0.6), k_start);
  EXPECT_EQ(budget.left(k_start + 59s), money{});
  EXPECT_EQ(budget.left(k_start + 60s), usd(0.6)); // the running call is still set aside
  budget.settle(*running, usd(0.4), usd(0.4), k_start + 61s);
  EXPECT_EQ(budget.left(k_start + 61s), usd(0.6));
  EXPECT_EQ(budget.left(k_start + 24h), usd(1));
}

TEST(pacer, forgives_clocks_and_amounts_that_jump) {
  pacer budget = made({.budget = usd(1), .period = 60s});
  EXPECT_EQ(budget.reserve(usd(-5), k_start), money{});
  budget.settle(usd(100), usd(-1), usd(-3), k_start - 30min); // more than was reserved, in the past
  EXPECT_EQ(budget.left(k_start), usd(1));
  const auto huge = money::from_nano_usd(std::numeric_limits<std::int64_t>::max());
  EXPECT_FALSE(budget.reserve(huge, k_start));
  budget.settle({}, usd(1), huge, k_start + 1s);
  EXPECT_EQ(budget.left(k_start + 2s), money{});
  EXPECT_TRUE(std::isfinite(budget.price(k_start + 2s)));
}

TEST(pacer, refuses_options_that_make_no_sense) {
  EXPECT_FALSE(pacer::create({}, k_start));
  EXPECT_NE(pacer::create({.budget = usd(-1)}, k_start).error().message.find("-1.0"), std::string::npos);
  EXPECT_FALSE(pacer::create({.budget = usd(1), .period = 0s}, k_start));
  EXPECT_FALSE(pacer::create({.budget = usd(1), .step = 0}, k_start));
  EXPECT_FALSE(pacer::create({.budget = usd(1), .price_max = std::nan("")}, k_start));
}

TEST(pacer, carries_on_in_the_middle_of_a_period) {
  auto budget = made({.budget = usd(1), .period = 1h});
  budget.carry_on(usd(0.8), k_start - 30min);
  EXPECT_EQ(budget.renewal(k_start), 30min);
  EXPECT_FALSE(budget.reserve(usd(0.3), k_start));
  EXPECT_TRUE(budget.reserve(usd(0.2), k_start));
  EXPECT_EQ(budget.left(k_start + 29min), money{});
  EXPECT_EQ(budget.left(k_start + 31min), usd(0.8)) << "what is reserved is still to come";
  auto late = made({.budget = usd(1), .period = 1h});
  late.carry_on(usd(-3), k_start - 90min);
  EXPECT_EQ(late.left(k_start), usd(1));
  EXPECT_EQ(late.renewal(k_start + 500ms), 30min) << "rounded up";
}

} // namespace
} // namespace inferenceflow::learning
