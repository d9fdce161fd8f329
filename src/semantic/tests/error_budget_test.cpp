#include "semantic/error_budget.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

namespace inferenceflow::semantic {
namespace {

constexpr int k_requests = 5'000;
constexpr int k_runs = 100;
constexpr int k_runs_over_max = 5;

struct outcome {
  int served = 0;
  int wrong = 0;
  int audits = 0;
};

/// A server that believes each answer `times` less risky than it is.
outcome simulated(double error_max, double times, std::uint64_t seed, int requests = k_requests) {
  std::mt19937_64 draws{seed};
  std::uniform_real_distribution<double> uniform;
  error_budget budget{error_max};
  outcome seen;
  for (int i = 0; i < requests; ++i) {
    budget.count_request();
    // Most candidates are sure, some are hopeless: risks are even on a logarithmic scale from 1/10,000 to 1.
    const double real = std::pow(10.0, -4 * uniform(draws));
    const double believed = real / times;
    if (!budget.affords(believed, believed)) {
      continue;
    }
    const bool wrong = uniform(draws) < real;
    if (uniform(draws) < budget.audit_share(believed)) {
      ++seen.audits;
      budget.audited(believed, wrong);
      continue;
    }
    budget.spend(believed);
    ++seen.served;
    seen.wrong += wrong ? 1 : 0;
  }
  return seen;
}

class error_budget_simulation : public ::testing::TestWithParam<double> {};

TEST_P(error_budget_simulation, keeps_its_bound_although_beliefs_are_wrong) {
  for (const double error_max : {0.005, 0.02, 0.05}) {
    int over = 0;
    int served = 0;
    for (int run = 0; run < k_runs; ++run) {
      const outcome seen = simulated(error_max, GetParam(), 1'000 + static_cast<std::uint64_t>(run));
      over += seen.wrong > error_max * k_requests ? 1 : 0;
      served += seen.served;
    }
    EXPECT_LE(over, k_runs_over_max) << "δ " << error_max;
    EXPECT_GT(served, k_runs * k_requests / 10) << "a cache that serves nothing keeps any bound; δ " << error_max;
  }
}

INSTANTIATE_TEST_SUITE_P(times_too_sure, error_budget_simulation, ::testing::Values(1.0, 2.0, 5.0));

TEST(error_budget, more_is_served_under_a_wider_bound) {
  int before = 0;
  for (const double error_max : {0.005, 0.01, 0.02, 0.05}) {
    const int served = simulated(error_max, 1, 3, 20'000).served;
    EXPECT_GT(served, before);
    before = served;
  }
}

TEST(error_budget, spends_at_a_pace_rather_than_at_once) {
  error_budget budget{0.02};
  for (int i = 0; i < 10'000; ++i) {
    budget.count_request(); // a long time without anything to serve
  }
  int served = 0;
  double spent_first = 0;
  for (int i = 0; i < 10'000; ++i) {
    budget.count_request();
    if (constexpr double k_risk = 0.04; budget.affords(k_risk, k_risk)) {
      budget.spend(k_risk);
      ++served;
      spent_first += i < 1'000 ? k_risk : 0;
    }
  }
  EXPECT_GT(served, 1'000);
  EXPECT_LT(spent_first, 0.5 * 0.02 * 20'000) << "what was saved up does not go to the first to ask";
  EXPECT_LE(budget.bound(), 0.02 + 1e-9);
}

TEST(error_budget, the_bound_never_exceeds_what_was_earned) {
  std::mt19937_64 draws{8};
  std::uniform_real_distribution<double> uniform;
  error_budget budget{0.01};
  EXPECT_EQ(budget.bound(), 0);
  for (int i = 0; i < 20'000; ++i) {
    budget.count_request();
    const double risk = 0.02 * uniform(draws);
    if (budget.affords(risk, risk)) {
      budget.spend(risk);
      ASSERT_LE(budget.bound(), 0.01 + 1e-12) << "request " << i;
    }
  }
}

TEST(error_budget, wrong_audits_stop_it) {
  error_budget budget{0.02};
  for (int i = 0; i < 5'000; ++i) {
    budget.count_request();
  }
  for (int i = 0; i < 300; ++i) {
    budget.spend(0.01);
  }
  ASSERT_TRUE(budget.affords(0.001, 0.001));
  for (int i = 0; i < 60; ++i) {
    budget.audited(0.01, true);
  }
  EXPECT_FALSE(budget.affords(0.001, 0.001));
  EXPECT_GT(budget.bound(), 0.02);
}

TEST(error_budget, an_answer_more_likely_wrong_than_right_is_never_served) {
  error_budget budget{0.5};
  for (int i = 0; i < 100'000; ++i) {
    budget.count_request();
  }
  EXPECT_FALSE(budget.affords(0.51, 0.51));
}

TEST(error_budget, risky_answers_are_audited_more_and_all_of_them_less_with_time) {
  error_budget budget{0.02};
  EXPECT_GT(budget.audit_share(0.02), budget.audit_share(0.0001));
  const double first = budget.audit_share(0.02);
  for (int i = 0; i < 200; ++i) {
    budget.audited(0.02, false);
  }
  EXPECT_LT(budget.audit_share(0.02), first);
  for (const double risk : {0.0, 1e-6, 0.02, 1.0}) {
    EXPECT_GT(budget.audit_share(risk), 0.01) << "it never stops looking";
    EXPECT_LT(budget.audit_share(risk), 0.5);
  }
}

TEST(error_budget, another_bound_takes_effect_at_once) {
  error_budget budget{0.05};
  for (int i = 0; i < 2'000; ++i) {
    budget.count_request();
    if (budget.affords(0.03, 0.03)) {
      budget.spend(0.03);
    }
  }
  ASSERT_GT(budget.bound(), 0.01);
  const double bound = budget.bound();
  budget.set_error_max(0.001);
  EXPECT_EQ(budget.error_max(), 0.001);
  EXPECT_EQ(budget.bound(), bound) << "what was served stays served";
  EXPECT_FALSE(budget.affords(1e-5, 1e-5)) << "more was spent than the new bound allows";
  budget.set_error_max(0.2);
  EXPECT_TRUE(budget.affords(1e-5, 1e-5));
}

TEST(error_budget, is_saved_and_restored) {
  error_budget budget{0.02};
  for (int i = 0; i < 1'000; ++i) {
    budget.count_request();
    budget.spend(0.01);
  }
  error_budget later{0.02};
  ASSERT_TRUE(later.restore(budget.state()));
  EXPECT_EQ(later.bound(), budget.bound());
  EXPECT_EQ(later.affords(0.01, 0.01), budget.affords(0.01, 0.01));
}

TEST(error_budget, refuses_a_state_that_no_run_could_have_produced) {
  error_budget budget{0.02};
  budget.count_request();
  const budget_state good = budget.state();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto refused = [&](auto&& spoil) {
    budget_state bad = good;
    spoil(bad);
    return !budget.restore(bad);
  };
  for (const double bad : {nan, -1.0, std::numeric_limits<double>::infinity()}) {
    EXPECT_TRUE(refused([&](budget_state& s) { s.spent = bad; })) << bad;
    EXPECT_TRUE(refused([&](budget_state& s) { s.audits_expected = bad; })) << bad;
    EXPECT_TRUE(refused([&](budget_state& s) { s.audits_wrong = bad; })) << bad;
    EXPECT_TRUE(refused([&](budget_state& s) { s.pace = bad; })) << bad;
    EXPECT_TRUE(refused([&](budget_state& s) { s.ceiling = bad; })) << bad;
  }
  EXPECT_TRUE(refused([](budget_state& s) { s.served = s.requests + 1; }));
  EXPECT_TRUE(refused([](budget_state& s) { s.audits_wrong = 1; }));
  EXPECT_TRUE(refused([](budget_state& s) { s.ceiling = 0; }));
  EXPECT_EQ(budget.state().requests, good.requests);
  budget_state wide = good;
  wide.ceiling = 1e9;
  ASSERT_TRUE(budget.restore(wide));
  EXPECT_FALSE(budget.affords(0.6, 0.6)) << "a ceiling beyond the greatest is cut to it";
}

} // namespace
} // namespace inferenceflow::semantic
