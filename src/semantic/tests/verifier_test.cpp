#include "semantic/verifier.h"

#include <cmath>
#include <gtest/gtest.h>
#include <random>

namespace inferenceflow::semantic {
namespace {

/// Traffic whose candidates are right with a probability that depends on their similarity; the verifier does not know
/// how. Every served answer is checked against the truth that a user would see.
class traffic {
public:
  traffic(double error_max, std::uint64_t seed)
      : decides_(error_max)
      , draws_(seed) {}

  struct outcome {
    int requests = 0;
    int served = 0;
    int wrong = 0;
  };

  /// @param steepness, middle  of the logistic curve from similarity to right.
  outcome send(int requests, double steepness, double middle) {
    outcome seen;
    for (int i = 0; i < requests; ++i) {
      ++seen.requests;
      const double similarity = 0.6 + 0.4 * uniform_(draws_);
      const bool right = uniform_(draws_) < 1 / (1 + std::exp(-steepness * (similarity - middle)));
      const auto entry = 1 + static_cast<std::uint64_t>(uniform_(draws_) * 200);
      const auto candidates = candidates_of(std::vector<neighbour>{
          {.entry = entry, .answer = entry, .similarity = static_cast<float>(similarity), .own = {}, .answers = {}}});
      const decision taken = decides_.decide(
          candidates,
          [](const candidate&) {
            return std::pair{k_new_entry, k_new_answer};
          },
          uniform_(draws_));
      if (taken.what == verdict::serve) {
        ++seen.served;
        seen.wrong += right ? 0 : 1;
        continue;
      }
      offset own = k_new_entry;
      offset answer = k_new_answer;
      decides_.learn(taken, taken.candidates.front(), right, own, answer);
    }
    return seen;
  }

  [[nodiscard]] const verifier& decides() const { return decides_; }

private:
  verifier decides_;
  std::mt19937_64 draws_;
  std::uniform_real_distribution<double> uniform_;
};

constexpr double k_steep = 60;
constexpr double k_middle = 0.78;

class verifier_bound : public ::testing::TestWithParam<double> {};

TEST_P(verifier_bound, is_kept_and_used) {
  int over = 0;
  constexpr int k_runs = 20;
  for (std::uint64_t seed = 1; seed <= k_runs; ++seed) {
    traffic cars{GetParam(), seed};
    const auto seen = cars.send(6'000, k_steep, k_middle);
    over += seen.wrong > GetParam() * seen.requests ? 1 : 0;
    EXPECT_GT(seen.served, seen.requests / 5) << "seed " << seed;
    EXPECT_LE(cars.decides().budget().bound(), GetParam() * 1.1) << "seed " << seed;
  }
  EXPECT_LE(over, 1);
}

INSTANTIATE_TEST_SUITE_P(error_max, verifier_bound, ::testing::Values(0.005, 0.01, 0.02, 0.05));

TEST(verifier, learns_to_serve) {
  traffic cars{0.02, 4};
  const auto first = cars.send(500, k_steep, k_middle);
  cars.send(4'000, k_steep, k_middle);
  const auto later = cars.send(500, k_steep, k_middle);
  EXPECT_GT(2 * later.served, 3 * first.served);
  EXPECT_GT(later.served, 200) << "about half of this traffic could be served";
}

TEST(verifier, serves_next_to_nothing_where_nearness_says_nothing) {
  traffic cars{0.01, 9};
  const auto seen = cars.send(5'000, 0, k_middle); // a coin's toss at any similarity
  EXPECT_LE(seen.wrong, 0.01 * seen.requests);
  EXPECT_LT(seen.served, 150);
}

TEST(verifier, stops_when_what_was_right_becomes_wrong) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    traffic cars{0.02, seed};
    const auto before = cars.send(4'000, k_steep, k_middle);
    ASSERT_GT(before.served, 800);
    const auto turned = cars.send(2'000, k_steep, 2); // from now on nothing is right
    const auto later = cars.send(1'000, k_steep, 2);
    // Until audits have found it out, what was trusted is served: a share of 3 % of it is looked at.
    EXPECT_LE(turned.wrong, 300) << "seed " << seed;
    EXPECT_LT(later.served, 10) << "seed " << seed;
  }
}

TEST(verifier, nothing_near_is_explored_without_candidates) {
  verifier decides{0.02};
  const decision taken = decides.decide({}, {}, 0);
  EXPECT_EQ(taken.what, verdict::explore);
  EXPECT_TRUE(taken.candidates.empty());
  EXPECT_EQ(decides.budget().state().requests, 1U);
}

TEST(verifier, a_new_one_explores) {
  verifier decides{0.02};
  const auto candidates =
      candidates_of(std::vector<neighbour>{{.entry = 1, .answer = 1, .similarity = 0.99F, .own = {}, .answers = {}}});
  const decision taken = decides.decide(
      candidates,
      [](const candidate&) {
        return std::pair{k_new_entry, k_new_answer};
      },
      0.9);
  EXPECT_EQ(taken.what, verdict::explore);
  EXPECT_EQ(taken.looked_at_share, 1);
  ASSERT_EQ(taken.candidates.size(), 1U);
}

TEST(verifier, the_least_risky_comes_first_whatever_is_nearest) {
  verifier decides{0.02};
  neighbour nearest{.entry = 1, .answer = 1, .similarity = 0.9F, .own = {}, .answers = {}};
  neighbour next{.entry = 2, .answer = 2, .similarity = 0.895F, .own = {}, .answers = {}};
  next.answers = {.right = 30, .wrong = 0};
  nearest.answers = {.right = 0, .wrong = 30};
  const auto candidates = candidates_of(std::vector{nearest, next});
  const decision taken = decides.decide(
      candidates,
      [](const candidate&) {
        return std::pair{k_new_entry, k_new_answer};
      },
      0);
  ASSERT_EQ(taken.candidates.size(), 2U);
  EXPECT_EQ(taken.candidates.front().of.entry, 2U);
  EXPECT_LE(taken.candidates[0].cautious_risk, taken.candidates[1].cautious_risk);
}

TEST(verifier, continues_from_what_was_saved) {
  traffic cars{0.02, 6};
  cars.send(3'000, k_steep, k_middle);
  const verifier& learned = cars.decides();
  verifier later{0.02};
  ASSERT_TRUE(later.restore(learned.beliefs(), learned.table(), learned.budget().state()));
  EXPECT_EQ(later.budget().bound(), learned.budget().bound());
  EXPECT_EQ(later.beliefs().weights(), learned.beliefs().weights());

  budget_state impossible = learned.budget().state();
  impossible.served = impossible.requests + 1;
  verifier untouched{0.02};
  EXPECT_FALSE(untouched.restore(learned.beliefs(), learned.table(), impossible));
  EXPECT_EQ(untouched.beliefs().weights(), prior_mean());
}

} // namespace
} // namespace inferenceflow::semantic
