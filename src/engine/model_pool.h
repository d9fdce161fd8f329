/// The memory that all local models share: who may load, who must go.
///
/// Role:      engine_set makes one; each engine's thread asks it before it loads and tells it what becomes of its
/// model. Lifecycle: outlives the engines; join() for each of them before their threads start. Threading: thread-safe;
/// wakes engines without holding its own lock. Bounds:    those of residency.
#pragma once

#include "engine/residency.h"

#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

namespace inferenceflow::engine {

struct pool_stats {
  std::uint64_t bytes = 0;     ///< of models in memory, as estimated
  std::uint64_t bytes_max = 0; ///< 0 = no bound
  std::uint64_t loads = 0;
  std::uint64_t unloads = 0; ///< for others
};

class model_pool {
public:
  model_pool(residency_limits limits, const clock_source& clock)
      : clock_(clock)
      , models_(limits) {}

  /// @param wake  called from any thread when the model shall look again: there may be room, or it shall go.
  residency::model_id join(std::function<void()> wake);

  /// Whether a model of `bytes` may be loaded now (residency::ask). Granted: loaded() or released() follows.
  [[nodiscard]] residency::answer ask(residency::model_id model, std::uint64_t bytes, residency::urgency how);
  void loaded(residency::model_id model, std::chrono::milliseconds took);
  /// @param unloaded  it was in memory and has gone.
  void released(residency::model_id model, bool unloaded);
  void in_use(residency::model_id model, bool busy);
  void used(residency::model_id model);
  [[nodiscard]] bool shall_go(residency::model_id model) const;
  [[nodiscard]] pool_stats stats() const;

private:
  void wake_all_but(residency::model_id model);

  const clock_source& clock_;
  mutable std::mutex mutex_;
  residency models_;
  std::vector<std::function<void()>> wakes_; ///< fixed once the engines run
  std::uint64_t loads_ = 0;
  std::uint64_t unloads_ = 0;
};

} // namespace inferenceflow::engine
