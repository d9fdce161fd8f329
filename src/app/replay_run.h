/// What `inferenceflow replay` does: configurations and log in, table and reports out.
///
/// Role:      replay_commands gives it what the command line said.
/// Lifecycle: one call per process.
/// Threading: main thread; with local embeddings the engine's threads beside it.
/// Bounds:    those of replay/replay.h.
#pragma once

#include "statistics/bootstrap.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace inferenceflow::app {

struct replay_command {
  std::string log;
  std::vector<std::string> configs; ///< files
  std::string format = "auto";
  std::vector<std::string> names;   ///< "model=name"
  std::string html = "replay.html"; ///< empty = none
  std::string json;                 ///< empty = none
  bool semantic = false;
  std::uint64_t seed = 1;
  std::size_t rounds = statistics::bootstrap_plan{}.rounds;
  bool quiet = false;
};

/// The table goes to standard output; problems and progress to standard error.
/// @returns 0 replayed; 1 nothing usable, or a report could not be written; 2 a configuration or an option is wrong.
[[nodiscard]] int run_replay(const replay_command& options);

} // namespace inferenceflow::app
