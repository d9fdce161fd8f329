/// One local model: a thread that owns it, a queue of jobs in, events out.
///
/// Role:      engine_set keeps one per configured model; providers/local submits to it.
/// Lifecycle: construct (starts the thread, which loads the model if the pool has room) → submit()* → stop(). Jobs
///            submitted while the model loads, or waits for room, wait for it. A file that could not be loaded is tried
///            again when it has changed.
/// Threading: every function is thread-safe. Callbacks run on the engine's thread.
/// Bounds:    config.queue_max waiting jobs; what runs is bounded by the context (scheduler.h).
#pragma once

#include "base/error.h"
#include "engine/loaded_model.h"
#include "engine/model_config.h"
#include "engine/model_pool.h"
#include "engine/request.h"
#include "engine/worker.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace inferenceflow::engine {

/// loading: for the first time, right after the start. unloaded: it comes into memory when a job needs it.
enum class load_state : std::uint8_t { loading, ready, failed, unloaded };

struct engine_stats {
  load_state state = load_state::loading;
  std::string load_error; ///< why the model is not loaded; empty unless failed
  worker_load load;       ///< as of the last decode step; waiting includes what the thread has not seen yet
  std::uint64_t jobs_submitted = 0;
  std::uint64_t jobs_refused = 0; ///< queue full
  std::uint64_t bytes = 0;        ///< in memory, as estimated; 0 while unloaded
};

class model_engine {
public:
  /// A model that shares its memory with no other; starts at once.
  /// @param seeds  source of seeds for requests without one; called on the engine's thread.
  ///               The default draws from the operating system.
  explicit model_engine(model_config config, std::function<std::uint32_t()> seeds = {});
  /// One of several; start() follows.
  /// @param pool   outlives the engine; joined before its other engines run.
  model_engine(model_config config, model_pool& pool, std::function<std::uint32_t()> seeds = {});
  /// Starts the thread. Every engine of the pool has been made by then; in a pool with a bound, who starts first gets
  /// room first.
  void start();
  /// Stops first.
  ~model_engine();
  model_engine(const model_engine&) = delete;
  model_engine& operator=(const model_engine&) = delete;

  /// @param deliver  gets every event, the last being generation_end or an error; never called after stop().
  /// @returns unavailable (with retry_after) when the queue is full or the engine stopped; invalid_request (param
  ///          "model") when the model does not generate text. Then `deliver` is never called.
  /// Cancellation: cancel().
  [[nodiscard]] result<job_id> submit(generation request, generation_callback deliver);

  /// The same for an embedding model; one event.
  [[nodiscard]] result<job_id> submit(embedding_request request, embedding_callback deliver);

  /// Ends the job before the next decode step; its sequences and cells are free at once. The job's last event is
  /// error_kind::cancelled, unless it ended before. Unknown ids are ignored.
  void cancel(job_id id);

  /// What stop() does, without waiting for it. Idempotent.
  void request_stop();

  /// Ends every job with unavailable and joins the thread. Idempotent. Not from a callback.
  void stop();

  [[nodiscard]] engine_stats stats() const;
  /// What is known about the model; empty until it is loaded.
  [[nodiscard]] std::optional<model_facts> facts() const;
  [[nodiscard]] const model_config& config() const;

private:
  class state;
  std::unique_ptr<state> state_;
};

} // namespace inferenceflow::engine
