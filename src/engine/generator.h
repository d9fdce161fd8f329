/// Generates text for several jobs at once in one context: one decode step serves all that run.
///
/// Role:      the worker of a chat model.
/// Lifecycle: see worker; must not outlive the model.
/// Threading: the engine's thread.
/// Bounds:    the scheduler's; per job what its events hold until they are delivered.
#pragma once

#include "engine/completion_text.h"
#include "engine/loaded_model.h"
#include "engine/pace_meter.h"
#include "engine/scheduler.h"
#include "engine/thread_governor.h"
#include "engine/token_batch.h"
#include "engine/token_budget.h"
#include "engine/token_sampler.h"
#include "engine/worker.h"

#include <chrono>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace inferenceflow::engine {

class generator final : public worker {
public:
  /// @param gap_target  p95 of the time between two tokens; see token_budget.
  /// @param seeds       a fresh seed for every job that brings none.
  generator(const loaded_model& model, const scheduler_limits& limits, std::chrono::nanoseconds gap_target,
            std::function<std::uint32_t()> seeds);

  void accept(any_job&& work) override;
  void cancel(job_id id) override;
  void step() override;
  [[nodiscard]] std::vector<any_job> withdraw() override;
  void abandon(const error& why) override;
  [[nodiscard]] bool idle() const override { return jobs_.empty(); }
  [[nodiscard]] worker_load load() const override;

private:
  struct choice_state {
    sequence_id sequence;
    token_sampler sampler;
    completion_text text;
    std::vector<token_id> tokens = {}; ///< all that were drawn: the job may have to compute them again
    bool ended = false;
  };
  struct active_job {
    generation_job work;
    std::vector<token_id> prompt;
    std::string grammar;
    std::uint32_t tokens_max = 0;
    std::chrono::nanoseconds unseen{0}; ///< how long the job lay in the engine's inbox
    token_counts counts;
    std::vector<choice_state> choices; ///< empty while the job waits
  };
  /// Which output row of the step belongs to whom.
  struct output_row {
    job_id job = 0;
    std::uint32_t choice = 0;
    std::int32_t row = 0;
    bool first = false; ///< the prompt's last token: all choices of the job draw from it
  };

  void refuse_expired(steady_time now);
  void start(const scheduler::admission& admitted);
  [[nodiscard]] scheduler::step next_step();
  [[nodiscard]] std::vector<output_row> fill_batch(const scheduler::step& step);
  [[nodiscard]] std::int32_t decode(const scheduler::step& step);
  void learn(const scheduler::step& step, std::chrono::nanoseconds took);
  void edit_cache();
  void recover(const scheduler::step& step, std::int32_t decode_status);
  void give_up(scheduler::choice_ref victim);
  void draw(const output_row& output);
  /// @returns false when the job is gone.
  [[nodiscard]] bool draw_choice(job_id id, std::uint32_t choice, std::span<const float> logits);
  [[nodiscard]] token_logprob describe(token_id token, std::span<const float> logits, std::uint32_t top) const;
  void deliver_text(active_job& job, std::uint32_t choice, completion_text::piece&& piece) const;
  [[nodiscard]] bool end_choice(active_job& job, std::uint32_t choice, end_reason reason, bool flush);
  void fail_job(job_id id, const error& why);

  const loaded_model& model_;
  scheduler scheduler_;
  std::function<std::uint32_t()> seeds_;
  thread_governor governor_;
  token_budget budget_;
  pace_meter meter_;
  token_batch batch_;
  std::map<job_id, active_job> jobs_;
  worker_load totals_;
};

} // namespace inferenceflow::engine
