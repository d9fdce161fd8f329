/// All local models of the process, by name.
///
/// Role:      the application builds one from the configuration; every event loop's local provider shares it.
/// Lifecycle: construct (every model starts to load in its own thread, where there is room) → find()* → stop().
/// Threading: immutable after construction; thread-safe.
/// Bounds:    one thread and one context per model, plus the model's compute threads.
#pragma once

#include "engine/log_bridge.h"
#include "engine/model_engine.h"

#include <memory>
#include <string_view>
#include <vector>

namespace inferenceflow::engine {

class engine_set {
public:
  /// @param models  names are unique (the configuration sees to it; of two alike the first is found).
  /// @param log     gets llama.cpp's log lines, from any thread; empty = dropped.
  /// @param room    memory for all of them.
  engine_set(std::vector<model_config> models, log_sink log, residency_limits room = {});
  ~engine_set();
  engine_set(const engine_set&) = delete;
  engine_set& operator=(const engine_set&) = delete;

  /// @returns null for an unknown name. Lifetime: the set's.
  [[nodiscard]] model_engine* find(std::string_view name) const;
  [[nodiscard]] const std::vector<std::unique_ptr<model_engine>>& all() const { return engines_; }

  [[nodiscard]] pool_stats pool() const { return pool_.stats(); }

  /// Stops every engine; blocks until their current decode step ends. Idempotent.
  void stop();

private:
  log_bridge log_;
  system_clock_source clock_;
  model_pool pool_;
  std::vector<std::unique_ptr<model_engine>> engines_;
};

} // namespace inferenceflow::engine
