#include "engine/scheduler.h"

#include <gtest/gtest.h>
#include <map>
#include <random>
#include <set>

namespace inferenceflow::engine {
namespace {

// Drives a scheduler with random jobs and plays the model: counts the cells each sequence really uses.
class simulation {
public:
  explicit simulation(std::uint32_t seed)
      : random_(seed) {
    limits_.sequences_max = 4;
    limits_.cells_max = 200;
    limits_.context_tokens = 120;
    limits_.batch_tokens_max = 16;
    limits_.shared_prompt_tokens_max = 6;
    limits_.growth_tokens = 7;
    scheduler_ = std::make_unique<scheduler>(limits_);
  }

  void run(int jobs) {
    int submitted = 0;
    for (int steps = 0; submitted < jobs || !live_.empty(); ++steps) {
      ASSERT_LT(steps, 100'000) << "the simulation does not come to an end";
      if (submitted < jobs && draw(3) == 0) {
        submit(static_cast<job_id>(++submitted));
      }
      if (!live_.empty() && draw(40) == 0) {
        cancel(live_.begin()->first);
      }
      step();
      check();
    }
    EXPECT_EQ(scheduler_->reserved_cells(), 0U);
    EXPECT_EQ(scheduler_->busy_sequences(), 0U);
    EXPECT_EQ(scheduler_->waiting(), 0U);
  }

private:
  struct played_job {
    demand wanted;
    std::uint32_t tokens_max = 0;
    std::uint32_t prompt_done = 0;
    std::map<std::uint32_t, std::uint32_t> generated; ///< per running choice
    std::map<std::uint32_t, std::uint32_t> decoded;
  };

  std::uint32_t draw(std::uint32_t below) {
    return std::uniform_int_distribution<std::uint32_t>(0, below - 1)(random_);
  }

  void submit(job_id id) {
    demand wanted{id, 1 + draw(90), 1 + draw(3), {}};
    if (draw(2) == 0) {
      wanted.tokens_max = 1 + draw(80);
    }
    ASSERT_TRUE(scheduler_->check(wanted).has_value());
    scheduler_->enqueue(wanted);
    live_[id].wanted = wanted;
  }

  void cancel(job_id id) {
    scheduler_->remove(id);
    live_.erase(id);
  }

  void end(job_id id, std::uint32_t choice) {
    scheduler_->end_choice(id, choice);
    auto& job = live_.at(id);
    job.generated.erase(choice);
    job.decoded.erase(choice);
    if (job.generated.empty()) {
      live_.erase(id);
    }
  }

  void sampled(job_id id, std::uint32_t choice) {
    auto& job = live_.at(id);
    if (++job.generated[choice] >= job.tokens_max || draw(60) == 0) {
      end(id, choice);
    }
  }

  void step() {
    for (const auto& admitted : scheduler_->admit()) {
      auto& job = live_.at(admitted.job);
      job.tokens_max = admitted.tokens_max;
      for (std::uint32_t c = 0; c < admitted.sequences.size(); ++c) {
        job.generated[c] = 0;
      }
    }
    const auto plan = scheduler_->plan();
    if (plan.victim) {
      end(plan.victim->job, plan.victim->choice);
      return;
    }
    ASSERT_TRUE(!plan.empty() || scheduler_->running_jobs() == 0) << "jobs run, but nothing moves";
    std::size_t tokens = plan.decodes.size();
    for (const auto& part : plan.prompts) {
      tokens += part.count;
    }
    ASSERT_LE(tokens, limits_.batch_tokens_max);
    scheduler_->commit(plan);
    for (const auto& part : plan.decodes) {
      ++live_.at(part.job).decoded[part.choice];
      sampled(part.job, part.choice);
    }
    for (const auto& part : plan.prompts) {
      auto& job = live_.at(part.job);
      job.prompt_done += part.count;
      const auto choices = job.wanted.choices;
      for (std::uint32_t c = 0; part.last && c < choices && live_.count(part.job) != 0; ++c) {
        sampled(part.job, c);
      }
    }
  }

  void check() {
    std::uint32_t cells = 0;
    for (const auto& [id, job] : live_) {
      cells += job.prompt_done;
      for (const auto& [choice, count] : job.decoded) {
        cells += count;
        ASSERT_LE(job.wanted.prompt_tokens + count, limits_.context_tokens);
      }
    }
    ASSERT_LE(cells, scheduler_->reserved_cells());
    ASSERT_LE(scheduler_->reserved_cells(), limits_.cells_max);
    ASSERT_LE(scheduler_->busy_sequences(), limits_.sequences_max);
  }

  std::mt19937 random_;
  scheduler_limits limits_;
  std::unique_ptr<scheduler> scheduler_;
  std::map<job_id, played_job> live_;
};

TEST(scheduler_simulation, random_jobs_keep_within_the_cache_and_all_end) {
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    simulation(seed).run(60);
    if (::testing::Test::HasFatalFailure()) {
      return;
    }
  }
}

} // namespace
} // namespace inferenceflow::engine
