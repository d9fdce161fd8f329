/// Plays the model for a scheduler: steps that take a simulated time, a cache that remembers what lies in each
/// sequence.
///
/// Role:      tests of scheduler, token_budget and pace_meter.
/// Lifecycle: add()* → run(); records() afterwards.
/// Threading: the test's thread.
/// Bounds:    run() gives up after k_steps_max steps.
///
/// A step costs base + prompt tokens · prompt_token + decodes · decode milliseconds, and up to `noise` of it more.
/// Every position that is decoded is checked against what its sequence holds, so text that is computed again is
/// computed right. A cell is a number that only this computation of the token has: cells that sequences share count
/// once, as in the real cache.
#pragma once

#include "engine/pace_meter.h"
#include "engine/scheduler.h"
#include "engine/token_budget.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <utility>
#include <vector>

namespace inferenceflow::engine::testing {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

struct step_cost {
  double base_ms = 4;
  double prompt_token_ms = 0.25;
  double decode_ms = 1.5;
  double noise = 0.1;
};

struct simulated_job {
  demand wanted;                                ///< its deadline is set from `deadline_in`
  nanoseconds arrives{0};                       ///< after the start
  std::uint32_t output_tokens = 20;             ///< per choice, when the model would end by itself
  std::optional<milliseconds> deadline_in = {}; ///< after the arrival
};

struct job_record {
  service_lane lane = service_lane::standard;
  nanoseconds arrived{0};
  std::optional<nanoseconds> first_step = {}; ///< when the first step began that holds a part of it
  std::optional<nanoseconds> first_token = {};
  std::optional<nanoseconds> ended = {};
  std::optional<error> refused = {};
  bool expired = false;
  bool cut = false; ///< a choice ended with "length" because the cache was full
  std::uint32_t tokens = 0;
  std::uint32_t reused = 0; ///< of its prompt

  [[nodiscard]] double queueing_ms() const {
    return first_step ? std::chrono::duration<double, std::milli>(*first_step - arrived).count() : 1e12;
  }
};

class step_simulator {
public:
  static constexpr int k_steps_max = 2'000'000;
  static constexpr std::uint32_t k_small_cache = 1'000; ///< cells that are counted after every step

  step_simulator(const scheduler_limits& limits, const step_cost& cost, const token_budget_settings& budget,
                 std::uint32_t seed)
      : limits_(limits)
      , scheduler_(limits)
      , budget_(budget)
      , cost_(cost)
      , random_(seed) {}

  void add(simulated_job job) { arriving_.emplace(job.arrives, std::move(job)); }

  /// After every step, with the time.
  std::function<void(nanoseconds)> after_step = {};

  /// Until every job has ended, or `until` has passed.
  void run(nanoseconds until = std::chrono::hours(1000)) {
    for (int steps = 0; now_ < until && (!arriving_.empty() || !live_.empty()); ++steps) {
      if (steps >= k_steps_max) {
        ADD_FAILURE() << "the simulation does not come to an end";
        return;
      }
      if (live_.empty() && !arriving_.empty()) {
        now_ = std::max(now_, arriving_.begin()->first);
      }
      arrive();
      step();
      if (::testing::Test::HasFailure()) {
        return;
      }
      if (after_step) {
        after_step(now_);
      }
    }
  }

  void cancel(job_id id) {
    scheduler_.remove(id);
    live_.erase(id);
  }

  [[nodiscard]] const scheduler& under_test() const { return scheduler_; }
  [[nodiscard]] const std::map<job_id, job_record>& records() const { return records_; }
  [[nodiscard]] const std::vector<double>& prompt_step_ms() const { return prompt_step_ms_; }
  [[nodiscard]] const std::vector<job_id>& started() const { return started_; }
  [[nodiscard]] std::uint32_t budget_tokens() const { return budget_.tokens(); }
  [[nodiscard]] nanoseconds now() const { return now_; }
  [[nodiscard]] std::uint64_t computed_tokens() const { return computed_tokens_; }
  [[nodiscard]] std::vector<job_id> live() const {
    std::vector<job_id> ids;
    for (const auto& [id, job] : live_) {
      ids.push_back(id);
    }
    return ids;
  }

private:
  struct live_job {
    simulated_job asked;
    std::uint32_t tokens_max = 0;
    std::map<std::uint32_t, sequence_id> sequences = {};   ///< of choices that run
    std::map<std::uint32_t, std::uint32_t> generated = {}; ///< per choice that has not ended
  };
  struct cell {
    std::uint64_t number = 0;
    token_id token = 0;
  };
  using sequence = std::map<std::uint32_t, cell>; ///< by position

  [[nodiscard]] steady_time time() const { return steady_time(std::chrono::hours(1)) + now_; }

  void arrive() {
    while (!arriving_.empty() && arriving_.begin()->first <= now_) {
      auto job = std::move(arriving_.begin()->second);
      arriving_.erase(arriving_.begin());
      auto& record = records_[job.wanted.job];
      record.lane = job.wanted.lane;
      record.arrived = job.arrives;
      if (job.deadline_in) {
        job.wanted.deadline = steady_time(std::chrono::hours(1)) + job.arrives + *job.deadline_in;
      }
      if (const auto taken = scheduler_.offer(job.wanted, time(), meter_.pace()); taken.has_error()) {
        record.refused = taken.error();
        continue;
      }
      live_[job.wanted.job].asked = std::move(job);
    }
  }

  // The token of a choice's text: another for each job and choice.
  [[nodiscard]] static token_id text_token(job_id id, std::uint32_t choice, std::uint32_t at) {
    return static_cast<token_id>(1'000'000 + id * 4'096 + choice * 1'024 + at % 1'024);
  }
  [[nodiscard]] static token_id token_of(const demand& asked, std::uint32_t choice, std::uint32_t position) {
    if (position >= asked.prompt_tokens) {
      return text_token(asked.job, choice, position - asked.prompt_tokens);
    }
    return asked.prompt.empty() ? static_cast<token_id>(position) : asked.prompt[position];
  }

  void end(job_id id, std::uint32_t choice) {
    auto& job = live_.at(id);
    for (const auto& [at, lies] : cache_[job.sequences.at(choice)]) {
      EXPECT_EQ(lies.token, token_of(job.asked.wanted, choice, at)) << "job " << id << ": another's token at " << at;
    }
    std::vector<token_id> text;
    for (std::uint32_t i = 0; i < job.generated.at(choice); ++i) {
      text.push_back(text_token(id, choice, i));
    }
    scheduler_.end_choice(id, choice, text);
    job.generated.erase(choice);
    job.sequences.erase(choice);
    if (job.generated.empty()) {
      records_.at(id).ended = now_;
      live_.erase(id);
    }
  }

  void draw(job_id id, std::uint32_t choice) {
    auto& job = live_.at(id);
    auto& record = records_.at(id);
    ++record.tokens;
    record.first_token = record.first_token.value_or(now_);
    const auto count = ++job.generated.at(choice);
    if (count >= job.tokens_max || count >= job.asked.output_tokens) {
      end(id, choice);
    }
  }

  void take_in(const std::vector<scheduler::admission>& admitted) {
    for (const auto& one : admitted) {
      auto& job = live_.at(one.job);
      job.tokens_max = std::max(one.tokens_max, 1U);
      if (!one.resumed) {
        started_.push_back(one.job);
      }
      for (std::uint32_t c = 0; c < one.sequences.size(); ++c) {
        if (one.sequences[c] != k_no_sequence) {
          job.sequences[c] = one.sequences[c];
          job.generated.emplace(c, 0);
        }
      }
    }
  }

  [[nodiscard]] scheduler::step next_step() {
    for (const auto id : scheduler_.expire(time())) {
      records_.at(id).expired = true;
      live_.erase(id);
    }
    take_in(scheduler_.admit(time()));
    auto step = scheduler_.plan(budget_.tokens());
    while (step.victim) {
      records_.at(step.victim->job).cut = true;
      end(step.victim->job, step.victim->choice);
      step = scheduler_.plan(budget_.tokens());
    }
    edit_cache();
    return step;
  }

  void edit_cache() {
    for (const auto& edit : scheduler_.take_edits()) {
      const auto begin = edit.begin < 0 ? 0 : static_cast<std::uint32_t>(edit.begin);
      const auto end = edit.end < 0 ? UINT32_MAX : static_cast<std::uint32_t>(edit.end);
      auto& to = cache_[edit.to];
      if (edit.from == k_no_sequence) {
        to.erase(to.lower_bound(begin), to.lower_bound(end));
        continue;
      }
      const auto& from = cache_[edit.from];
      for (auto one = from.lower_bound(begin); one != from.lower_bound(end); ++one) {
        EXPECT_TRUE(to.emplace(*one).second) << "the sequence has something there already";
      }
    }
  }

  // Puts `count` tokens behind what the sequence holds.
  void decode(job_id id, std::uint32_t choice, sequence_id where, std::uint32_t position, std::uint32_t count) {
    EXPECT_EQ(live_.at(id).sequences.at(choice), where);
    auto& held = cache_[where];
    const auto& asked = live_.at(id).asked.wanted;
    EXPECT_EQ(held.size(), position) << "job " << id << ": a token is missing or decoded twice";
    for (std::uint32_t i = 0; i < count; ++i) {
      held[position + i] = {++computed_tokens_, token_of(asked, choice, position + i)};
    }
    records_.at(id).first_step = records_.at(id).first_step.value_or(now_);
  }

  void step() {
    const auto plan = next_step();
    EXPECT_TRUE(!plan.empty() || live_.empty()) << "jobs are there, but nothing moves";
    const auto prompt_tokens = plan.prompt_tokens();
    const auto decodes = static_cast<std::uint32_t>(plan.decodes.size());
    EXPECT_LE(prompt_tokens + decodes, limits_.batch_tokens_max);
    EXPECT_LE(prompt_tokens + decodes, std::max(budget_.tokens(), decodes + limits_.prompt_tokens_min));
    for (const auto& part : plan.decodes) {
      decode(part.job, part.choice, part.sequence, part.position, 1);
    }
    for (const auto& part : plan.prompts) {
      decode(part.job, part.choice, part.sequence, part.offset, part.count);
    }
    pass(prompt_tokens, decodes, plan.prompts_waited);
    scheduler_.commit(plan);
    edit_cache();
    for (const auto& part : plan.decodes) {
      draw(part.job, part.choice);
    }
    for (const auto& part : plan.prompts) {
      finish(part);
    }
    check_books();
  }

  void finish(const scheduler::prompt_part& part) {
    const auto sequences = live_.at(part.job).sequences;
    if (part.draw) {
      records_.at(part.job).reused = scheduler_.reused_tokens(part.job);
      for (const auto& [choice, where] : sequences) {
        draw(part.job, choice);
      }
    }
  }

  void pass(std::uint32_t prompt_tokens, std::uint32_t decodes, bool prompts_waited) {
    if (prompt_tokens + decodes == 0) {
      return;
    }
    double ms = cost_.base_ms + cost_.prompt_token_ms * prompt_tokens + cost_.decode_ms * decodes;
    ms *= 1 + cost_.noise * std::uniform_real_distribution<double>(0, 1)(random_);
    const auto took = std::chrono::duration_cast<nanoseconds>(std::chrono::duration<double, std::milli>(ms));
    now_ += took;
    budget_.observe(took, prompt_tokens, prompts_waited);
    meter_.observe(took, prompt_tokens, decodes);
    if (prompt_tokens > 0) {
      prompt_step_ms_.push_back(ms);
    }
  }

  // What the sequences hold fits into what the scheduler has reserved; what they share lies there once.
  void check_books() {
    edit_cache(); // what has ended in this step
    EXPECT_LE(scheduler_.reserved_cells(), limits_.cells_max);
    EXPECT_LE(scheduler_.busy_sequences(), limits_.sequences_max + limits_.express_extra);
    EXPECT_LE(scheduler_.set_aside_jobs(), limits_.sequences_max);
    EXPECT_LE(scheduler_.kept_sequences(), limits_.prefixes_max);
    if (limits_.cells_max <= k_small_cache) {
      EXPECT_LE(cells_in_use(), scheduler_.reserved_cells());
    }
  }

  [[nodiscard]] std::size_t cells_in_use() const {
    std::set<std::uint64_t> cells;
    for (const auto& [where, held] : cache_) {
      for (const auto& [at, lies] : held) {
        cells.insert(lies.number);
      }
    }
    return cells.size();
  }

  scheduler_limits limits_;
  scheduler scheduler_;
  token_budget budget_;
  pace_meter meter_;
  step_cost cost_;
  std::mt19937 random_;
  nanoseconds now_{0};
  std::multimap<nanoseconds, simulated_job> arriving_;
  std::map<job_id, live_job> live_;
  std::map<job_id, job_record> records_;
  std::map<sequence_id, sequence> cache_;
  std::vector<double> prompt_step_ms_;
  std::vector<job_id> started_;
  std::uint64_t computed_tokens_ = 0;
};

/// The q-th part of the values from below, 0 < q < 1; of an empty list 0.
inline double quantile(std::vector<double> values, double q) {
  if (values.empty()) {
    return 0;
  }
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<std::size_t>(q * static_cast<double>(values.size())))];
}

} // namespace inferenceflow::engine::testing
