#include "engine/pace_meter.h"
#include "engine/token_budget.h"

#include <algorithm>
#include <chrono>
#include <gtest/gtest.h>
#include <random>

namespace inferenceflow::engine {
namespace {

using std::chrono::milliseconds;

token_budget_settings settings() {
  token_budget_settings s;
  s.tokens_min = 16;
  s.tokens_max = 256;
  s.tokens_start = 100;
  s.gap_target = milliseconds(40);
  return s;
}

TEST(token_budget, it_grows_by_a_constant_while_steps_are_in_time) {
  token_budget budget(settings());
  for (std::uint32_t i = 0; i < token_budget::k_window_steps; ++i) {
    budget.observe(milliseconds(30), 90, true);
  }
  EXPECT_EQ(budget.tokens(), 100 + token_budget::k_increase_tokens);
}

TEST(token_budget, it_does_not_grow_when_nothing_was_held_back) {
  token_budget budget(settings());
  for (std::uint32_t i = 0; i < 3 * token_budget::k_window_steps; ++i) {
    budget.observe(milliseconds(30), 20, false);
  }
  EXPECT_EQ(budget.tokens(), 100U);
}

TEST(token_budget, one_late_step_in_twenty_is_forgiven_two_are_not) {
  token_budget budget(settings());
  for (std::uint32_t i = 0; i < token_budget::k_window_steps; ++i) {
    budget.observe(i == 3 ? milliseconds(400) : milliseconds(30), 90, true);
  }
  EXPECT_EQ(budget.tokens(), 100 + token_budget::k_increase_tokens);
  budget.observe(milliseconds(41), 90, true);
  budget.observe(milliseconds(41), 90, true);
  EXPECT_EQ(budget.tokens(), static_cast<std::uint32_t>((100 + token_budget::k_increase_tokens) * 0.7));
}

TEST(token_budget, it_stays_within_its_bounds) {
  token_budget budget(settings());
  for (int i = 0; i < 1000; ++i) {
    budget.observe(milliseconds(500), 10, true);
  }
  EXPECT_EQ(budget.tokens(), 16U) << "a target that cannot be met";
  for (int i = 0; i < 10'000; ++i) {
    budget.observe(milliseconds(1), 10, true);
  }
  EXPECT_EQ(budget.tokens(), 256U);
}

TEST(token_budget, steps_that_only_decode_are_not_judged) {
  token_budget budget(settings());
  for (int i = 0; i < 100; ++i) {
    budget.observe(milliseconds(500), 0, false);
  }
  EXPECT_EQ(budget.tokens(), 100U);
}

// Prompts without end beside some decodes: late steps stay at one in twenty, and the budget near what the target
// allows.
TEST(token_budget, it_converges_to_the_target_whatever_the_machine) {
  for (std::uint32_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto draw = [&](double from, double to) { return std::uniform_real_distribution<double>(from, to)(random); };
    const double base_ms = draw(2, 15);
    const double token_ms = draw(0.1, 0.5);
    const double noise = draw(0, 0.2);
    token_budget budget(settings());
    int late = 0;
    double tokens = 0;
    constexpr int k_settled = 2000;
    for (int i = 0; i < 2 * k_settled; ++i) {
      const double ms = (base_ms + token_ms * budget.tokens()) * (1 + draw(0, noise));
      late += i >= k_settled && ms > 40 ? 1 : 0;
      tokens += i >= k_settled ? budget.tokens() : 0;
      budget.observe(
          std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double, std::milli>(ms)),
          budget.tokens(), true);
    }
    const double ideal = std::min((40 / (1 + noise) - base_ms) / token_ms, 256.0);
    EXPECT_LE(late, k_settled / 20 + 5);
    EXPECT_GE(tokens / k_settled, 0.7 * ideal);
  }
}

TEST(pace_meter, it_tells_prompt_tokens_from_decodes) {
  pace_meter meter;
  EXPECT_EQ(meter.pace().step_s, 0);
  for (int i = 0; i < 100; ++i) {
    meter.observe(milliseconds(10), 0, 4);
    meter.observe(milliseconds(30), 100, 4);
    meter.observe(milliseconds(20), 50, 4);
  }
  EXPECT_NEAR(meter.pace().step_s, 0.010, 1e-4);
  EXPECT_NEAR(meter.pace().prompt_token_s, 0.0002, 1e-6);
  EXPECT_NEAR(meter.pace().gap_s, 0.020, 0.005);
}

} // namespace
} // namespace inferenceflow::engine
