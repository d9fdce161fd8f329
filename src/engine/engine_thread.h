/// The inside of model_engine: the queue that threads share, and the loop that drives a worker.
///
/// Role:      model_engine only.
/// Lifecycle: run() is the thread's function and returns after request_stop().
/// Threading: run() on the engine's thread; everything else from any thread.
/// Bounds:    config.queue_max.
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
  engine_thread(model_config config, std::function<std::uint32_t()> seeds);

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
  };
  /// Identifies one state of the model file: a failed load is repeated when it changes.
  using file_mark = std::pair<std::uintmax_t, std::filesystem::file_time_type>;

  [[nodiscard]] intake take(bool wait);
  [[nodiscard]] std::uint32_t queue_max(service_lane lane) const;
  [[nodiscard]] error full(service_lane lane) const;
  void admit(intake&& in);
  void load_model();
  [[nodiscard]] file_mark mark_of_file() const;
  void publish();

  model_config config_;
  std::function<std::uint32_t()> seeds_;

  // The engine thread's own.
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
