/// What the engine's thread drives: the loop of one kind of model.
///
/// Role:      generator and embedder implement it; model_engine owns one while a model is loaded.
/// Lifecycle: accept(), cancel() and step() in any order; abandon() last.
/// Threading: the engine's thread.
/// Bounds:    the engine bounds how many jobs it hands over.
#pragma once

#include "base/error.h"
#include "engine/request.h"

#include <cstdint>
#include <variant>

namespace inferenceflow::engine {

struct generation_job {
  job_id id = 0;
  generation request;
  generation_callback deliver;
};

struct embedding_job {
  job_id id = 0;
  embedding_request request;
  embedding_callback deliver;
};

using any_job = std::variant<generation_job, embedding_job>;

/// Counters since the model was loaded, and what is held right now.
struct worker_load {
  std::uint32_t waiting = 0; ///< jobs accepted that hold nothing yet
  std::uint32_t running = 0; ///< jobs
  std::uint32_t busy_sequences = 0;
  std::uint32_t reserved_cells = 0;
  std::uint64_t decode_steps = 0;
  std::uint64_t prompt_tokens = 0;
  std::uint64_t completion_tokens = 0;
};

class worker {
public:
  virtual ~worker() = default;
  /// Takes a job of the worker's kind; a job that cannot run gets its error at once.
  virtual void accept(any_job&& work) = 0;
  /// Frees what the job holds; its last event is error_kind::cancelled. Unknown ids are ignored.
  virtual void cancel(job_id id) = 0;
  /// One decode step; nothing to do is fine.
  virtual void step() = 0;
  /// Ends every job with `why`.
  virtual void abandon(const error& why) = 0;
  [[nodiscard]] virtual bool idle() const = 0;
  [[nodiscard]] virtual worker_load load() const = 0;
};

/// Ends a job of either kind with an error.
void fail(any_job& work, const error& why);
[[nodiscard]] job_id id_of(const any_job& work);

} // namespace inferenceflow::engine
