/// Computes embedding vectors; inputs of all waiting jobs share decode steps.
///
/// Role:      the worker of an embedding model.
/// Lifecycle: see worker; must not outlive the model.
/// Threading: the engine's thread.
/// Bounds:    sequences_max inputs and the context's batch_tokens per step.
#pragma once

#include "engine/loaded_model.h"
#include "engine/thread_governor.h"
#include "engine/token_batch.h"
#include "engine/worker.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <variant>
#include <vector>

namespace inferenceflow::engine {

class embedder final : public worker {
public:
  embedder(const loaded_model& model, std::uint32_t sequences_max);

  void accept(any_job&& work) override;
  void cancel(job_id id) override;
  void step() override;
  void abandon(const error& why) override;
  [[nodiscard]] bool idle() const override { return jobs_.empty(); }
  [[nodiscard]] worker_load load() const override;

private:
  struct active_job {
    embedding_job work;
    std::vector<std::vector<token_id>> inputs;
    std::size_t next_input = 0; ///< the first that was not decoded yet
    embedding_answer answer;
  };
  struct placed_input {
    std::size_t job = 0; ///< index into jobs_
    std::size_t input = 0;
  };
  using given_input = std::variant<std::string, std::vector<token_id>>;
  [[nodiscard]] result<std::vector<token_id>> tokens_of(given_input&& given, std::size_t index, bool cut_to_fit,
                                                        embedding_answer& answer) const;
  [[nodiscard]] std::vector<placed_input> fill_batch();
  [[nodiscard]] std::int32_t compute();
  [[nodiscard]] result<std::vector<float>> vector_of(std::size_t sequence) const;
  void end_jobs(const result<void>& outcome, const std::vector<placed_input>& placed);

  const loaded_model& model_;
  std::uint32_t sequences_max_;
  thread_governor governor_;
  token_batch batch_;
  std::deque<active_job> jobs_;
  worker_load totals_;
};

} // namespace inferenceflow::engine
