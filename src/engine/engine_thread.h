/// The inside of model_engine: the queue that threads share, and the loop that drives a worker.
///
/// Role:      model_engine only.
/// Lifecycle: run() is the thread's function and returns after request_stop().
/// Threading: run() on the engine's thread; everything else from any thread.
/// Bounds:    the queues' of the config: what waits for the model to be loaded counts too.
#pragma once

#include "engine/model_engine.h"

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <utility>
#include <vector>

namespace inferenceflow::engine {

class engine_thread {
public:
  /// Joins the pool. @param pool  outlives this.
  engine_thread(model_config config, model_pool& pool, std::function<std::uint32_t()> seeds);

  /// Asks for room before the thread runs, so that the first models of the configuration are the first in memory.
  void claim();
  void run();
  void request_stop();
  [[nodiscard]] result<void> push(any_job&& work);
  void cancel(job_id id);
  [[nodiscard]] job_id next_id();
  [[nodiscard]] engine_stats stats() const;
  [[nodiscard]] std::optional<model_facts> facts() const;
  [[nodiscard]] const model_config& config() const { return config_; }

private:
  struct intake {
    std::deque<any_job> jobs;
    per_lane<std::uint32_t> jobs_in_lane{};
    std::vector<job_id> cancels;
    bool stop = false;
    bool nudged = false; ///< by the pool
  };
  /// Identifies one state of the model file: a failed load is repeated when it changes.
  using file_mark = std::pair<std::uintmax_t, std::filesystem::file_time_type>;

  [[nodiscard]] intake take(bool wait);
  [[nodiscard]] std::uint32_t queue_max(service_lane lane) const;
  [[nodiscard]] error full(service_lane lane) const;
  void admit(intake&& in);
  void accept_held();
  void fail_held(const error& why);
  /// Ends those of the held jobs that `ends` picks.
  template <class Predicate> void end_held(Predicate ends, const error& why);
  void expire_held();
  /// @returns whether it was granted; publishes why not.
  [[nodiscard]] bool ask_for_room(residency::urgency how);
  /// Loads the model if jobs wait for it, or it got room at the start, and there is room.
  void come_in();
  /// When the model shall go: takes back what has not begun, and unloads it once the rest has ended.
  void go_out();
  void end(intake&& in);
  void load_model();
  [[nodiscard]] error too_large(std::uint64_t bytes) const;
  [[nodiscard]] std::unique_ptr<worker> make_worker() const;
  [[nodiscard]] file_mark mark_of_file() const;
  void publish();
  void publish_state(load_state state, std::uint64_t bytes);

  model_config config_;
  model_pool& pool_;
  residency::model_id place_; ///< in the pool
  std::function<std::uint32_t()> seeds_;

  // The engine thread's own.
  std::deque<any_job> held_; ///< until the model is in memory
  bool claimed_ = false;     ///< claim() has asked
  bool comes_first_ = false; ///< into memory without any job: claim() got room
  std::uint64_t granted_bytes_ = 0;
  bool busy_ = false; ///< as the pool knows it
  worker_load past_;  ///< counters of workers that have gone
  std::unique_ptr<loaded_model> model_;
  std::unique_ptr<worker> worker_;
  std::optional<error> load_failure_;
  file_mark tried_file_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  intake inbox_;
  engine_stats stats_;
  std::optional<model_facts> facts_;
  job_id last_id_ = 0;
};

} // namespace inferenceflow::engine
