#include "learning/linucb.h"
#include "learning/symmetric.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <numeric>
#include <random>

namespace inferenceflow::learning {
namespace {

constexpr std::size_t k_features = 4;
using features = std::array<float, k_features>;

linucb made(const bandit_options& options = {.features = k_features},
            std::vector<std::string> arms = {"small", "middle", "large"}) {
  auto created = linucb::create(std::move(arms), options);
  EXPECT_TRUE(created);
  return std::move(*created);
}

features drawn(std::mt19937_64& draws) {
  std::normal_distribution<float> normal;
  features x{};
  std::generate(x.begin(), x.end(), [&] { return normal(draws); });
  const float length = std::sqrt(std::inner_product(x.begin(), x.end(), x.begin(), 0.0F));
  std::for_each(x.begin(), x.end(), [length](float& each) { each /= length; });
  return x;
}

/// A world in which the first feature says which model is right; `turned` swaps the outer two.
double reward_of(std::size_t arm, const features& x, bool turned) {
  const double side = (turned ? -1 : 1) * static_cast<double>(x[0]);
  const std::array means = {0.5 + 0.4 * side, 0.55, 0.5 - 0.4 * side};
  return means[arm];
}

struct run {
  std::vector<double> regret = {}; ///< per request
  std::array<int, 3> chosen{};
};

/// @param turn_at  request at which the world turns.
run simulated(linucb& bandit, int requests, int turn_at, std::uint64_t seed, bool explore = true) {
  std::mt19937_64 draws{seed};
  std::uniform_real_distribution<double> uniform;
  const std::array<arm_offer, 3> offers{};
  run seen;
  for (int i = 0; i < requests; ++i) {
    const features x = drawn(draws);
    const auto chosen = bandit.choose(x, offers, explore, uniform(draws));
    ++seen.chosen[chosen->arm];
    const bool turned = i >= turn_at;
    const double best = std::max({reward_of(0, x, turned), reward_of(1, x, turned), reward_of(2, x, turned)});
    const double mean = reward_of(chosen->arm, x, turned);
    seen.regret.push_back(best - mean);
    bandit.learn(chosen->arm, x, 0.5, uniform(draws) < mean ? 1 : 0);
  }
  return seen;
}

double mean_of(const std::vector<double>& values, std::size_t from, std::size_t to) {
  return std::accumulate(values.begin() + static_cast<std::ptrdiff_t>(from),
                         values.begin() + static_cast<std::ptrdiff_t>(to), 0.0) /
         static_cast<double>(to - from);
}

TEST(linucb, begins_with_what_the_predictor_says) {
  const linucb bandit = made();
  const features x{0.6F, 0, 0.8F, 0};
  EXPECT_DOUBLE_EQ(bandit.expected(0, x, 0.8).reward, 0.8);
  const std::array offers = {arm_offer{.prior = 0.4}, arm_offer{.prior = 0.9}, arm_offer{.prior = 0.6}};
  std::array<double, 3> shares{};
  ASSERT_TRUE(bandit.propensities(x, offers, true, shares));
  EXPECT_GT(shares[1], 0.9);
  ASSERT_TRUE(bandit.propensities(x, offers, false, shares));
  EXPECT_EQ(shares[1], 1);
}

TEST(linucb, lets_regret_shrink) {
  linucb bandit = made();
  const run seen = simulated(bandit, 6000, 6000, 1);
  const double at_first = mean_of(seen.regret, 0, 300);
  const double at_last = mean_of(seen.regret, 5000, 6000);
  EXPECT_LT(at_last, at_first / 2);
  EXPECT_LT(at_last, 0.05);
}

TEST(linucb, starves_no_arm) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    linucb bandit = made({.features = k_features, .exploration = 0.06});
    const run seen = simulated(bandit, 5000, 5000, seed);
    for (const int count : seen.chosen) {
      EXPECT_GT(count, 5000 * 0.06 / 3 * 0.7); // its share of exploration, less chance
    }
  }
}

TEST(linucb, follows_a_world_that_turns) {
  linucb forgetting = made({.features = k_features, .discount = 0.995});
  linucb remembering = made({.features = k_features, .discount = 1});
  const run quick = simulated(forgetting, 8000, 4000, 2);
  const run slow = simulated(remembering, 8000, 4000, 2);
  EXPECT_LT(mean_of(quick.regret, 6500, 8000), 0.06);
  EXPECT_LT(mean_of(quick.regret, 4500, 8000), mean_of(slow.regret, 4500, 8000));
  EXPECT_GT(mean_of(quick.regret, 4000, 4100), 2 * mean_of(quick.regret, 3500, 4000)); // it did turn
}

TEST(linucb, states_the_probability_with_which_it_draws) {
  linucb bandit = made({.features = k_features, .exploration = 0.1, .sharpness = 20});
  (void)simulated(bandit, 500, 500, 3);
  std::mt19937_64 draws{4};
  std::uniform_real_distribution<double> uniform;
  const features x = drawn(draws);
  const std::array offers = {arm_offer{.penalty = 0.1}, arm_offer{}, arm_offer{.penalty = 0.02}};
  std::array<double, 3> shares{};
  ASSERT_TRUE(bandit.propensities(x, offers, true, shares));
  EXPECT_NEAR(std::accumulate(shares.begin(), shares.end(), 0.0), 1, 1e-12);
  std::array<int, 3> counts{};
  constexpr int k_draws = 40'000;
  for (int i = 0; i < k_draws; ++i) {
    const auto chosen = bandit.choose(x, offers, true, uniform(draws));
    EXPECT_EQ(chosen->propensity, shares[chosen->arm]);
    ++counts[chosen->arm];
  }
  for (std::size_t arm = 0; arm < 3; ++arm) {
    EXPECT_NEAR(static_cast<double>(counts[arm]) / k_draws, shares[arm], 0.01);
  }
}

TEST(linucb, explores_nothing_where_it_must_not) {
  linucb bandit = made();
  (void)simulated(bandit, 200, 200, 5);
  const features x{1, 0, 0, 0};
  const std::array<arm_offer, 3> offers{};
  const auto first = bandit.choose(x, offers, false, 0);
  for (const double chance : {0.0, 0.3, 0.999999}) {
    const auto again = bandit.choose(x, offers, false, chance);
    EXPECT_EQ(again->arm, first->arm);
    EXPECT_EQ(again->propensity, 1);
    EXPECT_FALSE(again->explored);
  }
}

TEST(linucb, hopes_for_nothing_where_it_must_not_explore) {
  linucb bandit = made({.features = k_features, .width = 5});
  const features x{1, 0, 0, 0};
  for (int i = 0; i < 50; ++i) {
    bandit.learn(0, x, 0.6, 0.6);
  }
  const std::array offers = {arm_offer{.prior = 0.6}, arm_offer{.prior = 0.5}, arm_offer{.prior = 0.5}};
  EXPECT_NE(bandit.choose(x, offers, true, 0.5)->arm, 0U) << "the others might be better";
  EXPECT_EQ(bandit.choose(x, offers, false, 0.5)->arm, 0U);
}

TEST(linucb, learns_how_far_the_predictor_was_off) {
  linucb bandit = made();
  const features x{1, 0, 0, 0};
  for (int i = 0; i < 100; ++i) {
    bandit.learn(0, x, 0.9, 0.9); // it was right
  }
  EXPECT_NEAR(bandit.expected(0, x, 0.9).reward, 0.9, 1e-9);
}

TEST(linucb, looks_at_the_direction_of_long_features_only) {
  linucb bandit = made();
  for (int i = 0; i < 20; ++i) {
    bandit.learn(0, features{30, 0, 0, 40}, 0.5, 1);
  }
  const features same{0.6F, 0, 0, 0.8F};
  EXPECT_NEAR(bandit.expected(0, features{3, 0, 0, 4}, 0.5).reward, bandit.expected(0, same, 0.5).reward, 1e-6);
  linucb short_ones = made();
  for (int i = 0; i < 20; ++i) {
    short_ones.learn(0, same, 0.5, 1);
  }
  EXPECT_NEAR(short_ones.expected(0, same, 0.5).reward, bandit.expected(0, same, 0.5).reward, 1e-6);
}

TEST(linucb, keeps_the_predictors_say_however_long_it_learns) {
  // A world of about 1 / (1 - 0.9) = 10 rewards beside a predictor that counts as 20: they pull a third of the way, not
  // all of it, in the constant and one feature of length 1: 2 * 10 / (2 * 10 + 20) = 1/2.
  linucb bandit = made({.features = k_features, .discount = 0.9, .ridge = 20});
  const features x{1, 0, 0, 0};
  for (int i = 0; i < 5'000; ++i) {
    bandit.learn(0, x, 0.5, 1);
  }
  EXPECT_NEAR(bandit.expected(0, x, 0.5).reward, 0.75, 0.05);
}

TEST(linucb, stays_within_reason_with_the_shortest_memory) {
  for (const double discount : {0.5, 0.8, 0.95}) {
    linucb bandit = made({.features = k_features_max, .discount = discount, .ridge = 20}, {"one"});
    std::mt19937_64 draws{8};
    std::normal_distribution<float> normal;
    std::vector<float> x(k_features_max);
    for (int i = 0; i < 1'000; ++i) {
      std::generate(x.begin(), x.end(), [&] { return normal(draws); });
      bandit.learn(0, x, 0.5, 0.8);
      const auto hoped = bandit.expected(0, x, 0.5);
      ASSERT_GT(hoped.reward, 0.4) << discount << " after " << i;
      ASSERT_LT(hoped.reward, 1) << discount << " after " << i;
    }
  }
}

TEST(linucb, never_chooses_what_is_not_allowed) {
  const linucb bandit = made({.features = k_features, .exploration = 1});
  const features x{};
  std::array offers = {arm_offer{.allowed = false}, arm_offer{}, arm_offer{.allowed = false}};
  EXPECT_EQ(bandit.choose(x, offers, true, 0.999)->arm, 1U);
  offers[1].allowed = false;
  EXPECT_FALSE(bandit.choose(x, offers, true, 0.5));
  EXPECT_FALSE(bandit.choose(std::array<float, 2>{}, std::array<arm_offer, 3>{}, true, 0.5));
  EXPECT_FALSE(bandit.choose(x, std::array<arm_offer, 2>{}, true, 0.5));
}

TEST(linucb, prefers_cheap_arms_as_far_as_the_price_says) {
  const linucb bandit = made();
  const features x{};
  const std::array offers = {arm_offer{.prior = 0.7, .penalty = 0}, arm_offer{.prior = 0.9, .penalty = 0.3},
                             arm_offer{.prior = 0.1}};
  EXPECT_EQ(bandit.choose(x, offers, false, 0)->arm, 0U);
}

TEST(linucb, survives_numbers_that_are_none) {
  linucb bandit = made();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const features broken{nan, std::numeric_limits<float>::infinity(), 1e38F, -1e38F};
  for (int i = 0; i < 2000; ++i) {
    EXPECT_TRUE(bandit.learn(0, broken, nan, i % 2 == 0 ? 1e9 : -1e9));
  }
  EXPECT_FALSE(bandit.learn(0, broken, 0.5, nan));
  EXPECT_FALSE(bandit.learn(7, broken, 0.5, 1));
  const auto hoped = bandit.expected(0, broken, nan);
  EXPECT_TRUE(std::isfinite(hoped.reward));
  EXPECT_TRUE(std::isfinite(hoped.deviation));
  const std::array offers = {arm_offer{.prior = nan, .penalty = nan}, arm_offer{}, arm_offer{}};
  EXPECT_TRUE(bandit.choose(broken, offers, true, 0.5));
}

TEST(linucb, keeps_its_inverse_exact_and_its_prior_alive) {
  linucb bandit = made({.features = k_features, .discount = 0.99});
  const features same{1, 0, 0, 0}; // only one direction is ever seen
  for (int i = 0; i < 20'000; ++i) {
    bandit.learn(0, same, 0.5, 1);
  }
  const auto seen = bandit.expected(0, same, 0.5);
  const auto unseen = bandit.expected(0, features{0, 1, 0, 0}, 0.5);
  EXPECT_GT(seen.reward, 0.95);
  EXPECT_LT(seen.deviation, 0.3);
  EXPECT_LE(unseen.deviation, std::sqrt(2.0) + 1e-9); // no wider than before the first reward
  EXPECT_GT(unseen.deviation, seen.deviation);
}

TEST(linucb, grows_unsure_of_an_arm_that_is_not_seen) {
  linucb bandit = made({.features = k_features, .discount = 0.99});
  const features x{0, 0, 1, 0};
  for (int i = 0; i < 100; ++i) {
    bandit.learn(0, x, 0.5, 0.5);
  }
  const double fresh = bandit.expected(0, x, 0.5).deviation;
  for (int i = 0; i < 1000; ++i) {
    bandit.learn(1, x, 0.5, 0.5);
  }
  EXPECT_GT(bandit.expected(0, x, 0.5).deviation, 2 * fresh);
}

TEST(linucb, an_arm_ages_by_its_share_of_the_traffic) {
  linucb bandit = made({.features = k_features, .discount = 0.99});
  const features x{0, 0, 1, 0};
  for (int i = 0; i < 100; ++i) {
    bandit.learn(0, x, 0.5, 0.5);
  }
  const double fresh = bandit.expected(0, x, 0.5).deviation;
  for (int i = 0; i < 30; ++i) {
    bandit.learn(1, x, 0.5, 0.5);
  }
  const double wider = bandit.expected(0, x, 0.5).deviation / fresh;
  EXPECT_NEAR(wider * wider, std::pow(0.99, -10), 1e-9) << "30 rewards of others among three arms";
}

TEST(linucb, refuses_options_that_make_no_sense) {
  EXPECT_FALSE(linucb::create({}, {}));
  EXPECT_FALSE(linucb::create({"a", "a"}, {}));
  EXPECT_FALSE(linucb::create(std::vector<std::string>(k_arms_max + 1, "a"), {}));
  EXPECT_FALSE(linucb::create({"a"}, {.features = k_features_max + 1}));
  EXPECT_FALSE(linucb::create({"a"}, {.features = 0}));
  EXPECT_FALSE(linucb::create({"a"}, {.discount = 0}));
  EXPECT_FALSE(linucb::create({"a"}, {.ridge = 0}));
  EXPECT_FALSE(linucb::create({"a"}, {.width = std::numeric_limits<double>::quiet_NaN()}));
  EXPECT_FALSE(linucb::create({"a"}, {.exploration = 2}));
  EXPECT_TRUE(linucb::create({"a"}, {.features = k_features_max}));
}

TEST(linucb_state, comes_back_the_same) {
  linucb bandit = made();
  (void)simulated(bandit, 700, 700, 6);
  const std::string kept = bandit.state();
  linucb other = made({.features = k_features}, {"large", "new", "small"});
  const auto taken = other.restore(kept);
  ASSERT_TRUE(taken) << taken.error().message;
  EXPECT_EQ(*taken, 2U); // "middle" is gone, "new" is new
  const features x{0.5F, 0.5F, 0, 0};
  EXPECT_NEAR(other.expected(2, x, 0.3).reward, bandit.expected(0, x, 0.3).reward, 1e-9);
  EXPECT_EQ(other.rewards(2), bandit.rewards(0));
  EXPECT_EQ(other.rewards(1), 0U);
}

TEST(linucb_state, is_as_sure_as_it_was) {
  linucb bandit = made({.features = k_features, .discount = 0.99});
  const features x{0, 0, 1, 0};
  for (int i = 0; i < 100; ++i) {
    bandit.learn(0, x, 0.5, 0.5);
  }
  const double sure = bandit.expected(0, x, 0.5).deviation;
  const std::string kept = bandit.state();
  for (int i = 0; i < 300; ++i) {
    bandit.learn(1, x, 0.5, 0.5);
  }
  EXPECT_GT(bandit.expected(0, x, 0.5).deviation, sure);
  ASSERT_TRUE(bandit.restore(kept));
  EXPECT_NEAR(bandit.expected(0, x, 0.5).deviation, sure, 1e-9);
}

TEST(linucb_state, is_refused_when_it_is_another_or_damaged) {
  linucb bandit = made();
  (void)simulated(bandit, 50, 50, 7);
  const std::string kept = bandit.state();
  const auto before = bandit.expected(0, features{1, 0, 0, 0}, 0.5);
  for (const std::string& bad :
       {std::string{}, std::string{"{}"}, kept.substr(0, kept.size() - 2), "x" + kept, kept + "1"}) {
    EXPECT_FALSE(bandit.restore(bad));
  }
  std::string later = kept;
  later.replace(later.find(" 1 "), 3, " 2 ");
  EXPECT_NE(bandit.restore(later).error().message.find("another version"), std::string::npos);
  linucb wider = made({.features = 5});
  EXPECT_NE(wider.restore(kept).error().message.find("number of features"), std::string::npos);
  EXPECT_EQ(bandit.expected(0, features{1, 0, 0, 0}, 0.5).reward, before.reward);
}

TEST(inverted, refuses_what_has_no_inverse) {
  std::vector<double> into(4, 7);
  EXPECT_FALSE(inverted(std::array{1.0, 2.0, 2.0, 4.0}, 2, into));
  EXPECT_FALSE(inverted(std::array{1.0, 0.0, std::nan(""), 1.0}, 2, into));
  EXPECT_EQ(into[0], 7);
  ASSERT_TRUE(inverted(std::array{4.0, 1.0, 1.0, 3.0}, 2, into));
  EXPECT_NEAR(into[0], 3.0 / 11, 1e-12);
  EXPECT_NEAR(into[1], -1.0 / 11, 1e-12);
}

} // namespace
} // namespace inferenceflow::learning
