#include "resilience/tests/fallback_simulation.h"

#include <string>

namespace inferenceflow::resilience {
namespace {

using namespace std::chrono_literals;
using testing::script;
using testing::simulation;
using testing::tally;

constexpr std::uint64_t k_requests = 100'000;
constexpr std::uint64_t k_few_requests = 50'000;

/// Places enough that no simulated rate is bounded by them.
backend_settings roomy() {
  return {.places = {.least = 2'000, .most = 4'000, .first = 4'000}};
}

void expect_promises_kept(const tally& seen) {
  EXPECT_EQ(seen.sent_after_first_byte, 0U);
  EXPECT_EQ(seen.first_bytes_twice, 0U);
  EXPECT_LE(seen.hedges * 100, seen.requests * 2 + 200);
  EXPECT_LE(seen.retries * 100, seen.requests * 20 + 100 * 3 * 10 * 2); // and the floor
}

/// Figures of the run, for the report of the test program.
void record(tally& seen) {
  ::testing::Test::RecordProperty("availability_ppm", static_cast<int>(seen.availability() * 1e6));
  ::testing::Test::RecordProperty("retries_per_10000", static_cast<int>(seen.retries * 10'000 / seen.requests));
  ::testing::Test::RecordProperty("hedges_per_10000", static_cast<int>(seen.hedges * 10'000 / seen.requests));
  ::testing::Test::RecordProperty("first_byte_p50_ms", static_cast<int>(seen.wait_ms(0.5)));
  ::testing::Test::RecordProperty("first_byte_p99_ms", static_cast<int>(seen.wait_ms(0.99)));
}

class fallback_simulation_test : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(fallback_simulation_test, three_providers_with_a_tenth_of_faults_in_a_chain) {
  simulation world{std::vector<script>(3, script{.fault_share = 0.1, .breaks_share = 0.01}), GetParam(), {}, roomy()};
  tally& seen = world.run(k_requests, 500);
  record(seen);
  expect_promises_kept(seen);
  EXPECT_GE(seen.availability(), 0.999);
  world.expect_nothing_held();
}

INSTANTIATE_TEST_SUITE_P(seeds, fallback_simulation_test, ::testing::Values(1U, 2U));

class fallback_balanced_test : public ::testing::TestWithParam<balance_policy> {};

TEST_P(fallback_balanced_test, three_providers_with_a_tenth_of_faults_side_by_side) {
  simulation world{std::vector<script>(3, script{.fault_share = 0.1}), 1, {}, roomy()};
  world.balance(GetParam());
  tally& seen = world.run(k_requests, 500);
  record(seen);
  expect_promises_kept(seen);
  EXPECT_GE(seen.availability(), 0.999);
  world.expect_nothing_held();
}

INSTANTIATE_TEST_SUITE_P(policies, fallback_balanced_test,
                         ::testing::Values(balance_policy::weighted, balance_policy::least_outstanding,
                                           balance_policy::peak_ewma, balance_policy::sticky));

TEST(fallback_outage_test, a_dead_provider_is_left_alone_while_another_is_well) {
  const auto minutes_down = [](std::chrono::nanoseconds at) { return at > 10s && at < 70s; };
  simulation world{{script{.down = minutes_down}, script{}}, 1, {}, roomy()};
  tally& seen = world.run(k_few_requests, 500);
  record(seen);
  expect_promises_kept(seen);
  EXPECT_GE(seen.availability(), 0.999);
  EXPECT_LT(seen.retries, 100U);         // the breaker took it out
  EXPECT_GT(world.calls_to(0), 12'000U); // and it came back
  world.expect_nothing_held();
}

TEST(fallback_outage_test, when_all_are_dead_little_is_sent) {
  const auto always = [](std::chrono::nanoseconds) { return true; };
  simulation world{{script{.down = always}, script{.down = always}}, 1, {}, roomy()};
  tally& seen = world.run(k_few_requests, 500);
  expect_promises_kept(seen);
  EXPECT_EQ(seen.answered, 0U);
  EXPECT_LT(seen.sends, 500U); // of fifty thousand requests
  EXPECT_EQ(seen.refused[error_kind::unavailable] + seen.refused[error_kind::upstream_failed], k_few_requests);
  world.expect_nothing_held();
}

TEST(fallback_outage_test, what_one_provider_refuses_for_its_rate_the_other_takes) {
  simulation world{{script{.calls_per_s = 100, .retry_after = 1s}, script{}}, 1, {}, roomy()};
  tally& seen = world.run(k_few_requests, 500);
  record(seen);
  expect_promises_kept(seen);
  EXPECT_GE(seen.availability(), 0.999);
  EXPECT_GT(world.calls_to(0), 5'000U); // half of what it would take: the rest of each second it sits out
  world.expect_nothing_held();
}

TEST(fallback_outage_test, hedging_cuts_the_tail_within_its_budget) {
  const std::vector<script> scripts(2, script{.slow_share = 0.015});
  simulation without{scripts, 1, {.enabled = false}, roomy()};
  tally& slow = without.run(k_few_requests, 500);
  simulation with{scripts, 1, {.quantile_permille = 980}, roomy()};
  tally& fast = with.run(k_few_requests, 500);
  record(fast);
  expect_promises_kept(fast);
  EXPECT_EQ(slow.hedges, 0U);
  EXPECT_GT(fast.hedges, 250U);
  EXPECT_GT(slow.wait_ms(0.99), 2'000);
  EXPECT_LT(fast.wait_ms(0.99), 1'000);
  with.expect_nothing_held();
}

TEST(fallback_outage_test, more_than_the_places_can_serve_waits_or_is_refused_at_once) {
  // Fifty places of 0.7 s serve about 71 calls per second; 100 come.
  simulation world{{script{}}, 1, {}, {.places = {.least = 50, .most = 50, .first = 50}}};
  tally& seen = world.run(20'000, 100);
  expect_promises_kept(seen);
  EXPECT_GT(seen.answered, 20'000U * 65 / 100);
  EXPECT_EQ(seen.answered + seen.refused[error_kind::rate_limited], 20'000U);
  EXPECT_LT(seen.wait_ms(1), 10'500); // the longest wait in the queue and the first token
  world.expect_nothing_held();
}

} // namespace
} // namespace inferenceflow::resilience
