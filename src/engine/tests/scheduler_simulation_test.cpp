#include "engine/tests/step_simulator.h"

#include <gtest/gtest.h>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace inferenceflow::engine {
namespace {

using testing::simulated_job;
using testing::step_simulator;

scheduler_limits tight() {
  scheduler_limits limits;
  limits.sequences_max = 4;
  limits.sequence_ids = 6;
  limits.cells_max = 200;
  limits.context_tokens = 120;
  limits.batch_tokens_max = 16;
  limits.prompt_tokens_min = 6;
  limits.growth_tokens = 7;
  limits.queue_max = {1000, 1000, 1000};
  limits.aging = std::chrono::milliseconds(300);
  return limits;
}

// Prompts that begin alike: one of three heads, cut anywhere, and an end of their own.
std::vector<token_id> prompt_of(std::uint32_t tokens, std::uint32_t head, job_id id) {
  std::vector<token_id> prompt(tokens);
  for (std::uint32_t i = 0; i < tokens; ++i) {
    prompt[i] = static_cast<token_id>(i < tokens / 2 || id % 5 == 0 ? head * 1'000 + i : 10'000 + id * 200 + i);
  }
  return prompt;
}

// Every kind of job in every lane, in a cache that is far too small for all, with cancellations: the simulator checks
// every token's position, and the books after every step.
void run_random(std::uint32_t seed, scheduler_limits limits) {
  std::mt19937 random(seed);
  const auto draw = [&](std::uint32_t below) {
    return std::uniform_int_distribution<std::uint32_t>(0, below - 1)(random);
  };
  token_budget_settings budget;
  budget.tokens_min = 4;
  step_simulator sim(limits, {}, budget, seed);
  std::map<job_id, std::vector<token_id>> prompts;
  for (job_id id = 1; id <= 80; ++id) {
    simulated_job job;
    job.arrives = std::chrono::milliseconds(draw(4000));
    job.output_tokens = 1 + draw(60);
    job.wanted.job = id;
    job.wanted.prompt_tokens = 1 + draw(90);
    job.wanted.choices = 1 + draw(3);
    job.wanted.lane = k_all_lanes[draw(3)];
    job.wanted.tenant = std::string(1, static_cast<char>('a' + draw(3)));
    if (draw(2) == 0) {
      job.wanted.tokens_max = 1 + draw(80);
    }
    if (draw(5) == 0) {
      job.deadline_in = std::chrono::milliseconds(1 + draw(5000));
    }
    if (limits.prefixes_max > 0 && draw(8) > 0) {
      job.wanted.prompt = prompts[id] = prompt_of(job.wanted.prompt_tokens, draw(3), id);
    }
    sim.add(job);
  }
  sim.after_step = [&](testing::nanoseconds) {
    const auto live = sim.live();
    if (!live.empty() && draw(60) == 0) {
      sim.cancel(live[draw(static_cast<std::uint32_t>(live.size()))]);
    }
  };
  sim.run();
  EXPECT_EQ(sim.under_test().reserved_cells(), sim.under_test().kept_cells());
  EXPECT_EQ(sim.under_test().busy_sequences(), 0U);
  EXPECT_EQ(sim.under_test().waiting(), 0U);
  EXPECT_EQ(sim.under_test().set_aside_jobs(), 0U);
}

TEST(scheduler_simulation, random_jobs_keep_within_the_cache_and_all_end) {
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    run_random(seed, tight());
    if (HasFailure()) {
      return;
    }
  }
}

TEST(scheduler_simulation, the_same_without_a_sequence_to_park_in) {
  auto limits = tight();
  limits.sequence_ids = limits.sequences_max;
  for (std::uint32_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(seed);
    run_random(seed, limits);
    if (HasFailure()) {
      return;
    }
  }
}

TEST(scheduler_simulation, the_same_with_prompts_that_share_their_beginnings) {
  auto limits = tight();
  limits.prefixes_max = 3;
  limits.sequence_ids = 9;
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    limits.share_prefixes = seed % 2 == 0;
    limits.prefix_rent_tokens = seed % 3 == 0 ? 40 : UINT64_MAX;
    run_random(seed, limits);
    if (HasFailure()) {
      return;
    }
  }
  limits.sequence_ids = limits.sequences_max; // kept ones take turns with jobs
  for (std::uint32_t seed = 61; seed <= 90; ++seed) {
    SCOPED_TRACE(seed);
    run_random(seed, limits);
    if (HasFailure()) {
      return;
    }
  }
}

TEST(scheduler_simulation, the_same_with_a_place_for_express_only) {
  auto limits = tight();
  limits.express_extra = 2;
  for (std::uint32_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(seed);
    run_random(seed, limits);
    if (HasFailure()) {
      return;
    }
  }
}

TEST(scheduler_simulation, the_same_with_batch_beside_express) {
  auto limits = tight();
  limits.batch_beside_express = 2;
  for (std::uint32_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(seed);
    run_random(seed, limits);
    if (HasFailure()) {
      return;
    }
  }
}

} // namespace
} // namespace inferenceflow::engine
