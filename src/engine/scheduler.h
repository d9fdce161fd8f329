/// Decides which jobs run in one llama.cpp context, and what each decode step computes.
///
/// Role:      generator asks it before every step; sans-IO, no llama.cpp inside.
/// Lifecycle: enqueue() → admit() → (plan() → commit())* → end_choice() for every choice; remove() at any time.
/// Threading: one thread.
/// Bounds:    sequences_max sequences and cells_max cells of the KV cache; batch_tokens_max tokens per step.
///            The waiting line is bounded by the caller.
///
/// Every sequence's tokens lie in one shared pool of KV cells. A job with tokens_max reserves all it can need when it
/// is admitted, so nothing that comes later can take it away. A job without, or one whose reservation exceeds the whole
/// pool, is elastic: it reserves its prompt and grows block by block. When the pool is full it pauses until others end;
/// when every running job is paused, the choice admitted last gives way (ends with "length"), so somebody always moves.
/// Jobs are admitted in order of arrival, and not while a running one waits for cells: no job starves.
#pragma once

#include "base/error.h"
#include "engine/request.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace inferenceflow::engine {

using sequence_id = std::int32_t;

struct scheduler_limits {
  std::uint32_t sequences_max = 4;
  std::uint32_t cells_max = 8192;               ///< KV cells of the context, one token each
  std::uint32_t context_tokens = 8192;          ///< prompt and completion of one choice
  std::uint32_t batch_tokens_max = 512;         ///< per decode step; ≥ sequences_max
  std::uint32_t shared_prompt_tokens_max = 128; ///< prompt tokens per step while others generate, to keep them fluent
  std::uint32_t growth_tokens = 128;            ///< an elastic choice grows by this many cells
};

/// What a job needs.
struct demand {
  job_id job = 0;
  std::uint32_t prompt_tokens = 0;
  std::uint32_t choices = 1;
  std::optional<std::uint32_t> tokens_max;
};

class scheduler {
public:
  explicit scheduler(scheduler_limits limits)
      : limits_(limits) {}

  struct admission {
    job_id job = 0;
    std::vector<sequence_id> sequences; ///< one per choice; the prompt is decoded into the first
    std::uint32_t tokens_max = 0;       ///< per choice: what was asked, cut to the context
  };

  /// A run of prompt tokens to decode into `sequence`.
  struct prompt_part {
    job_id job = 0;
    sequence_id sequence = 0;
    std::uint32_t offset = 0; ///< into the prompt
    std::uint32_t count = 0;
    bool last = false; ///< completes the prompt: its last token's logits are wanted
  };

  /// The last sampled token of a running choice is decoded next.
  struct decode_part {
    job_id job = 0;
    std::uint32_t choice = 0;
    sequence_id sequence = 0;
    std::uint32_t position = 0;
  };

  struct choice_ref {
    job_id job = 0;
    std::uint32_t choice = 0;
  };

  struct step {
    std::vector<decode_part> decodes;
    std::vector<prompt_part> prompts;
    std::optional<choice_ref> victim; ///< nothing else can move: end this choice with "length" and plan again
    [[nodiscard]] bool empty() const { return decodes.empty() && prompts.empty(); }
  };

  /// @returns context_too_long when the prompt leaves no room for one token, naming both counts;
  ///          invalid_request (param "prompt", "n") for an empty prompt or more choices than sequences.
  [[nodiscard]] result<void> check(const demand& wanted) const;

  /// @pre check(wanted) succeeded.
  void enqueue(const demand& wanted);

  /// Moves jobs from the line into sequences, as many as fit.
  [[nodiscard]] std::vector<admission> admit();

  /// What to decode now. Pure but for growing elastic choices.
  [[nodiscard]] step plan();

  /// `done` was decoded.
  void commit(const step& done);

  /// The choice is over: its sequence and cells are free at once.
  void end_choice(job_id job, std::uint32_t choice);

  /// The job is over, waiting or running. @returns the sequences it held. Unknown jobs are ignored.
  std::vector<sequence_id> remove(job_id job);

  /// The choice to give up when the cache has no room although the books say so.
  [[nodiscard]] std::optional<choice_ref> youngest() const;

  [[nodiscard]] std::uint32_t waiting() const { return static_cast<std::uint32_t>(line_.size()); }
  [[nodiscard]] std::uint32_t running_jobs() const { return static_cast<std::uint32_t>(running_.size()); }
  [[nodiscard]] std::uint32_t busy_sequences() const { return busy_sequences_; }
  [[nodiscard]] std::uint32_t reserved_cells() const { return reserved_cells_; }

private:
  struct choice {
    sequence_id sequence = 0;
    std::uint32_t granted = 0; ///< cells for generated tokens
    std::uint32_t decoded = 0; ///< generated tokens that lie in cells
    bool ended = false;
  };
  struct running_job {
    demand wanted;
    std::uint32_t tokens_max = 0;
    std::uint32_t prompt_done = 0;
    std::vector<choice> choices;
    [[nodiscard]] bool prompt_complete() const { return prompt_done == wanted.prompt_tokens; }
  };

  [[nodiscard]] std::uint32_t free_cells() const { return limits_.cells_max - reserved_cells_; }
  [[nodiscard]] std::uint32_t tokens_max_of(const demand& wanted) const;
  [[nodiscard]] std::uint32_t first_grant(const demand& wanted) const;
  [[nodiscard]] running_job start(const demand& wanted, std::uint32_t grant);
  [[nodiscard]] bool grow(const running_job& job, choice& c);
  void plan_decodes(step& out);
  void plan_prompts(step& out) const;
  void release(choice& c);
  void drop(std::deque<running_job>::iterator job);

  scheduler_limits limits_;
  std::deque<demand> line_;
  std::deque<running_job> running_; ///< in order of admission
  std::vector<bool> sequence_busy_;
  std::uint32_t busy_sequences_ = 0;
  std::uint32_t reserved_cells_ = 0;
  bool starving_ = false; ///< a running choice waits for cells
};

} // namespace inferenceflow::engine
