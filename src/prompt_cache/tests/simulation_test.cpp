// The planner against a provider that is played: seeded traffic, costs in tokens at the fresh price.
#include "prompt_cache/tests/simulation.h"

#include <gtest/gtest.h>

namespace inferenceflow::prompt_cache::simulation {
namespace {

constexpr std::uint64_t k_seeds = 5;

double planned(const trace& came) {
  return run_planned(came, usual_rules(), {}).cost({});
}
double off(const trace& came) {
  return run_off(came).cost({});
}

TEST(simulation_test, prompts_that_never_come_back_cost_no_more_than_the_trying) {
  for (std::uint64_t seed = 1; seed <= k_seeds; ++seed) {
    const trace came = maker{seed}.one_shots(2'000, 5);
    // At most two prompts of 4,000 tokens are written at a quarter more than reading them.
    EXPECT_LE(planned(came), off(came) + 2 * 4'000 * 0.25) << seed;
    EXPECT_GE(planned(came), off(came));
    EXPECT_NEAR(run_always(came, usual_rules()).cost({}), 1.25 * off(came), 1);
  }
}

TEST(simulation_test, trying_is_not_begun_anew_for_every_tenant) {
  for (std::uint64_t seed = 1; seed <= k_seeds; ++seed) {
    const trace came = maker{seed}.strangers(2'000, 5);
    EXPECT_LE(planned(came), off(came) + 4 * 4'000 * 0.25) << seed;
  }
}

TEST(simulation_test, traffic_that_turns_into_one_shots_is_noticed) {
  for (std::uint64_t seed = 1; seed <= k_seeds; ++seed) {
    const trace chats = maker{seed}.chats(100, 60, 10, 60);
    const trace one_shots = maker{seed + 100}.one_shots(2'000, 5);
    // What was learnt of a kind fades within some fifty requests.
    EXPECT_LE(planned(joined(chats, one_shots)), planned(chats) + off(one_shots) + 60 * 4'000 * 0.25) << seed;
  }
}

TEST(simulation_test, a_shared_system_prompt_costs_nearly_what_it_must) {
  for (std::uint64_t seed = 1; seed <= k_seeds; ++seed) {
    const trace often = maker{seed}.shared_system(1'000, 20, 6'000);
    EXPECT_LE(planned(often), 1.03 * lower_bound(often, {})) << seed;
    const trace slow = maker{seed}.shared_system(400, 720, 6'000); // five minutes are too short, an hour is not
    EXPECT_LE(planned(slow), 1.08 * lower_bound(slow, {})) << seed;
    const trace regular = maker::regular(300, 360, 5'000);
    EXPECT_LE(planned(regular), 1.05 * lower_bound(regular, {}));
  }
}

TEST(simulation_test, conversations_cost_nearly_what_they_must) {
  for (std::uint64_t seed = 1; seed <= k_seeds; ++seed) {
    const trace quick = maker{seed}.chats(200, 60, 10, 60);
    EXPECT_LE(planned(quick), 1.2 * lower_bound(quick, {})) << seed;
    EXPECT_LE(planned(quick), 0.35 * off(quick)) << seed;
    const trace slow = maker{seed}.chats(200, 60, 10, 480);
    EXPECT_LE(planned(slow), 1.25 * lower_bound(slow, {})) << seed;
    EXPECT_LE(planned(slow), 0.6 * run_always(slow, usual_rules()).cost({})) << seed;
  }
}

TEST(simulation_test, what_comes_back_too_late_for_any_life_is_given_up) {
  for (std::uint64_t seed = 1; seed <= k_seeds; ++seed) {
    const trace came = maker{seed}.shared_system(300, 10'800, 6'000);
    EXPECT_LE(planned(came), 1.04 * off(came)) << seed;
    EXPECT_LE(planned(came), 0.9 * run_always(came, usual_rules()).cost({})) << seed;
  }
}

TEST(simulation_test, a_small_memory_costs_savings_and_never_money) {
  const trace came = maker{1}.chats(200, 20, 10, 60);
  const double small = run_planned(came, usual_rules(), {}, 4'096).cost({});
  EXPECT_GE(small, planned(came));
  EXPECT_LE(small, 1.02 * off(came));
}

} // namespace
} // namespace inferenceflow::prompt_cache::simulation
