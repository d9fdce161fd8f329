/// What the engine's thread drives: the loop of one kind of model.
///
/// Role:      generator and embedder implement it; model_engine owns one while a model is loaded.
/// Lifecycle: accept(), cancel() and step() in any order; abandon() last.
/// Threading: the engine's thread.
/// Bounds:    the engine bounds how many jobs it hands over.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/lane.h"
#include "engine/request.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace inferenceflow::engine {

struct generation_job {
  job_id id = 0;
  generation request;
  generation_callback deliver;
  steady_time submitted{};
};

struct embedding_job {
  job_id id = 0;
  embedding_request request;
  embedding_callback deliver;
};

using any_job = std::variant<generation_job, embedding_job>;

/// How often a figure fell below each of some bounds; a histogram as Prometheus counts them.
template <std::size_t Bounds> struct tally {
  std::array<std::uint64_t, Bounds + 1> counts{}; ///< per bucket, not summed up; the last is what exceeds every bound
  double sum = 0;

  void add(double value, const std::array<double, Bounds>& bounds) {
    const auto bucket = std::lower_bound(bounds.begin(), bounds.end(), value) - bounds.begin();
    ++counts[static_cast<std::size_t>(bucket)];
    sum += value;
  }
  void add(const tally& other) {
    for (std::size_t i = 0; i < counts.size(); ++i) {
      counts[i] += other.counts[i];
    }
    sum += other.sum;
  }
};

inline constexpr std::array<double, 10> k_wait_bounds_s{0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5, 30, 300};
inline constexpr std::array<double, 9> k_step_bounds_s{0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28};
inline constexpr std::array<double, 8> k_batch_bounds{1, 2, 4, 8, 16, 32, 64, 128};

/// What waits in one lane, and how long those waited that were let in.
struct lane_load {
  std::uint32_t waiting = 0;
  std::uint32_t retry_after_s = 1;    ///< an estimate of the wait, for who finds the line full
  tally<k_wait_bounds_s.size()> wait; ///< in seconds
};

/// What is held right now, and counters since the worker was made.
struct worker_load {
  std::uint32_t waiting = 0;   ///< jobs accepted that hold nothing yet
  std::uint32_t running = 0;   ///< jobs
  std::uint32_t set_aside = 0; ///< batch jobs that have yielded and will go on
  std::uint32_t busy_sequences = 0;
  std::uint32_t reserved_cells = 0;
  std::uint64_t decode_steps = 0;
  std::uint64_t prompt_tokens = 0;
  std::uint64_t completion_tokens = 0;
  std::uint64_t preemptions = 0;           ///< times that a batch job was set aside
  std::uint64_t recomputed_tokens = 0;     ///< that were dropped from the cache for others
  std::uint64_t reused_tokens = 0;         ///< of prompts: computed for another request before
  std::uint32_t kept_sequences = 0;        ///< of ended requests, for their prefix
  std::uint32_t kept_cells = 0;            ///< of reserved_cells, what only they hold
  std::uint32_t token_budget = 0;          ///< of the next step
  per_lane<lane_load> lanes;               ///< chat models only
  tally<k_step_bounds_s.size()> step_time; ///< in seconds
  tally<k_batch_bounds.size()> batch_size; ///< sequences decoded in a step
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
  /// Hands back, oldest first, the jobs that can begin elsewhere as well because they hold nothing yet.
  [[nodiscard]] virtual std::vector<any_job> withdraw() { return {}; }
  /// Ends every job with `why`.
  virtual void abandon(const error& why) = 0;
  [[nodiscard]] virtual bool idle() const = 0;
  [[nodiscard]] virtual worker_load load() const = 0;
};

/// Adds the counters of `past`, and nothing that is held, to `load`.
void add_counters(worker_load& load, const worker_load& past);

/// Ends a job of either kind with an error.
void fail(any_job& work, const error& why);
[[nodiscard]] job_id id_of(const any_job& work);
/// Jobs for vectors wait in lane standard.
[[nodiscard]] service_lane lane_of(const any_job& work);
/// Jobs for vectors have none.
[[nodiscard]] std::optional<steady_time> deadline_of(const any_job& work);

} // namespace inferenceflow::engine
