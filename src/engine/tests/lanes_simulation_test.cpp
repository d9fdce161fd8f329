#include "engine/tests/arrival_trace.h"

#include <gtest/gtest.h>

namespace inferenceflow::engine {
namespace {

using namespace std::chrono_literals;
using testing::draw_trace;
using testing::quantile;
using testing::simulated_job;
using testing::step_simulator;
using testing::trace_options;

constexpr std::uint32_t k_seeds = 12;

scheduler_limits engine_like() {
  scheduler_limits limits;
  limits.sequences_max = 4;
  limits.sequence_ids = 8;
  limits.cells_max = 4096;
  limits.context_tokens = 2048;
  limits.queue_max = {64, 64, 1000};
  return limits;
}

step_simulator simulator(std::uint32_t seed, const scheduler_limits& limits = engine_like()) {
  return {limits, {}, {}, seed};
}

void add_all(step_simulator& sim, const std::vector<simulated_job>& trace) {
  for (const auto& job : trace) {
    sim.add(job);
  }
}

std::vector<double> queueing(const step_simulator& sim, service_lane lane) {
  std::vector<double> waits;
  for (const auto& [id, record] : sim.records()) {
    if (record.lane == lane) {
      waits.push_back(record.queueing_ms());
    }
  }
  return waits;
}

trace_options in_lane(service_lane lane, double rate_per_s, job_id first_id) {
  trace_options options;
  options.lane = lane;
  options.rate_per_s = rate_per_s;
  options.first_id = first_id;
  options.tenant = std::string(to_string(lane));
  options.output_max = 60;
  return options;
}

// More batch work than the engine can do, all at once and then on and on; some people in between.
TEST(lanes_simulation, a_flood_of_batch_work_barely_delays_the_others) {
  for (std::uint32_t seed = 1; seed <= k_seeds; ++seed) {
    SCOPED_TRACE(seed);
    auto sim = simulator(seed);
    auto flood = in_lane(service_lane::batch, 50, 1);
    add_all(sim, draw_trace(testing::k_conversations, flood, 900, seed));
    add_all(sim, draw_trace(testing::k_conversations, in_lane(service_lane::express, 0.5, 10'000), 60, seed + 100));
    add_all(sim, draw_trace(testing::k_conversations, in_lane(service_lane::standard, 0.2, 20'000), 20, seed + 200));
    sim.run(120s);
    EXPECT_LT(quantile(queueing(sim, service_lane::express), 0.95), 50);
    EXPECT_GT(sim.under_test().preemptions(), 0U);
  }
}

TEST(lanes_simulation, standard_work_waits_little_under_the_flood) {
  for (std::uint32_t seed = 1; seed <= k_seeds; ++seed) {
    SCOPED_TRACE(seed);
    auto sim = simulator(seed);
    add_all(sim, draw_trace(testing::k_conversations, in_lane(service_lane::batch, 50, 1), 900, seed));
    add_all(sim, draw_trace(testing::k_conversations, in_lane(service_lane::standard, 0.7, 20'000), 60, seed + 200));
    sim.run(120s);
    EXPECT_LT(quantile(queueing(sim, service_lane::standard), 0.95), 200);
  }
}

// What the flood costs an express request from first to last, beside having the machine for itself.
TEST(lanes_simulation, an_express_answer_takes_little_longer_under_the_flood) {
  const auto whole_ms = [](bool flooded) {
    auto sim = simulator(7);
    if (flooded) {
      add_all(sim, draw_trace(testing::k_conversations, in_lane(service_lane::batch, 50, 1), 900, 1));
    }
    add_all(sim, draw_trace(testing::k_conversations, in_lane(service_lane::express, 0.3, 10'000), 30, 2));
    sim.run(150s);
    std::vector<double> times;
    for (const auto& [id, record] : sim.records()) {
      if (record.lane == service_lane::express && record.ended) {
        times.push_back(std::chrono::duration<double, std::milli>(*record.ended - record.arrived).count());
      }
    }
    EXPECT_EQ(times.size(), 30U);
    return quantile(times, 0.95);
  };
  EXPECT_LE(whole_ms(true), 1.5 * whole_ms(false));
}

TEST(lanes_simulation, nothing_starves_behind_endless_express_work) {
  for (std::uint32_t seed = 1; seed <= k_seeds; ++seed) {
    SCOPED_TRACE(seed);
    auto sim = simulator(seed);
    // Twice what the engine can do, for two minutes: the express line is never empty.
    add_all(sim, draw_trace(testing::k_conversations, in_lane(service_lane::express, 12, 10'000), 1400, seed));
    add_all(sim, draw_trace(testing::k_conversations, in_lane(service_lane::standard, 1, 20'000), 20, seed + 1));
    add_all(sim, draw_trace(testing::k_conversations, in_lane(service_lane::batch, 1, 30'000), 20, seed + 2));
    sim.run(110s);
    EXPECT_GT(sim.under_test().waiting(service_lane::express), 0U) << "the test is too easy";
    for (const auto& [id, record] : sim.records()) {
      EXPECT_TRUE(record.lane == service_lane::express || record.ended) << id;
    }
  }
}

// A batch job that is pushed aside by one express job after the other comes to its end.
TEST(lanes_simulation, a_batch_job_survives_any_number_of_interruptions) {
  auto limits = engine_like();
  limits.sequences_max = 1;
  limits.sequence_ids = 1;
  auto sim = simulator(3, limits);
  auto long_job = draw_trace(testing::k_conversations, in_lane(service_lane::batch, 1, 1), 1, 5);
  long_job[0].wanted.prompt_tokens = 1500;
  sim.add(long_job[0]);
  auto visitors = in_lane(service_lane::express, 4, 100);
  visitors.output_max = 5;
  visitors.prompt_max = 50;
  add_all(sim, draw_trace(testing::k_conversations, visitors, 400, 6));
  sim.run(90s);
  EXPECT_TRUE(sim.records().at(1).ended.has_value());
  EXPECT_GT(sim.under_test().recomputed_tokens(), 0U);
}

// Theorem 4.4 of arXiv 2401.00588, at every step while both tenants wait.
TEST(lanes_simulation, two_tenants_that_wait_are_served_alike_however_one_floods) {
  for (std::uint32_t seed = 1; seed <= k_seeds; ++seed) {
    SCOPED_TRACE(seed);
    const auto limits = engine_like();
    auto sim = simulator(seed, limits);
    auto flood = in_lane(service_lane::standard, 1000, 1);
    flood.tenant = "flood";
    flood.prompt_max = 400;
    auto modest = in_lane(service_lane::standard, 6, 10'000);
    modest.tenant = "modest";
    add_all(sim, draw_trace(testing::k_code, flood, 60, seed));
    add_all(sim, draw_trace(testing::k_conversations, modest, 200, seed + 1));
    job_id next = 1'000;
    const auto bound =
        2 * std::max<std::uint64_t>(k_prompt_weight * flood.prompt_max, k_output_weight * limits.cells_max);
    std::optional<std::int64_t> gap_at_start;
    std::int64_t widest = 0;
    sim.after_step = [&](testing::nanoseconds now) {
      // The flood never ebbs: whoever starts is replaced.
      for (auto missing = sim.under_test().waiting(service_lane::standard); missing < 50; ++missing) {
        auto more = draw_trace(testing::k_code, flood, 1, static_cast<std::uint32_t>(next));
        more[0].arrives = now;
        more[0].wanted.job = next++;
        sim.add(more[0]);
      }
      if (now > 3s && now < 25s) {
        const auto& s = sim.under_test();
        const auto gap = static_cast<std::int64_t>(s.served(service_lane::standard, "flood")) -
                         static_cast<std::int64_t>(s.served(service_lane::standard, "modest"));
        gap_at_start = gap_at_start.value_or(gap);
        widest = std::max(widest, std::abs(gap - *gap_at_start));
      }
    };
    sim.run(25s);
    ASSERT_TRUE(gap_at_start.has_value());
    EXPECT_LE(widest, static_cast<std::int64_t>(bound));
    EXPECT_GT(sim.under_test().served(service_lane::standard, "modest"), bound) << "the test is too short";
  }
}

TEST(lanes_simulation, inside_a_tenant_the_earliest_deadline_starts_first) {
  for (std::uint32_t seed = 1; seed <= k_seeds; ++seed) {
    SCOPED_TRACE(seed);
    auto sim = simulator(seed);
    std::mt19937 random(seed);
    std::map<job_id, std::int64_t> deadlines;
    for (job_id id = 1; id <= 40; ++id) {
      simulated_job job;
      job.wanted.job = id;
      job.wanted.prompt_tokens = 20;
      job.wanted.tokens_max = 10;
      job.output_tokens = 10;
      job.wanted.tenant = "t";
      job.deadline_in = std::chrono::milliseconds(std::uniform_int_distribution<int>(20'000, 59'000)(random));
      deadlines[id] = job.deadline_in->count();
      sim.add(job);
    }
    sim.run();
    for (std::size_t i = 1; i < sim.started().size(); ++i) {
      EXPECT_LE(deadlines.at(sim.started()[i - 1]), deadlines.at(sim.started()[i]));
    }
    EXPECT_EQ(sim.started().size(), 40U);
  }
}

// Whoever is let in under a deadline makes it, or nearly: refusing is for those who would not.
TEST(lanes_simulation, those_admitted_with_a_deadline_mostly_meet_it) {
  for (std::uint32_t seed = 1; seed <= k_seeds; ++seed) {
    SCOPED_TRACE(seed);
    auto sim = simulator(seed);
    auto asked = draw_trace(testing::k_conversations, in_lane(service_lane::express, 30, 1), 400, seed);
    for (auto& job : asked) {
      job.deadline_in = 3s;
    }
    add_all(sim, asked);
    sim.run();
    int in_time = 0;
    int taken = 0;
    int refused = 0;
    for (const auto& [id, record] : sim.records()) {
      refused += record.refused ? 1 : 0;
      taken += record.refused ? 0 : 1;
      in_time += record.ended && *record.ended - record.arrived <= 3s ? 1 : 0;
    }
    EXPECT_GT(refused, 0) << "the test is too easy";
    EXPECT_GT(in_time, taken * 2 / 3) << "how long an answer gets is not known before";
  }
}

TEST(lanes_simulation, the_step_time_settles_at_its_target) {
  for (std::uint32_t seed = 1; seed <= k_seeds; ++seed) {
    SCOPED_TRACE(seed);
    auto sim = simulator(seed);
    auto work = in_lane(service_lane::standard, 20, 1);
    work.token_scale = 0.5;
    work.prompt_max = 1500;
    auto trace = draw_trace(testing::k_code, work, 60, seed);
    add_all(sim, trace);
    sim.run();
    auto steps = sim.prompt_step_ms();
    ASSERT_GT(steps.size(), 200U);
    steps.erase(steps.begin(), steps.begin() + 100);
    EXPECT_LT(quantile(steps, 0.95), 44) << "target: 40 ms";
    EXPECT_GT(quantile(steps, 0.5), 20) << "and the room below it is used";
  }
}

} // namespace
} // namespace inferenceflow::engine
