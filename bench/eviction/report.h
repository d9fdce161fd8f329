/// Prints the outcomes as a table and writes them as JSON.
///
/// Role:      last step of bench_eviction; the keys are explained in bench/eviction/README.md.
/// Lifecycle: pure functions but for the file.
/// Threading: no shared state.
/// Bounds:    none.
#pragma once

#include "base/error.h"
#include "bench/eviction/replay.h"

#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::bench {

/// All bounds and policies of one workload under one price scenario.
struct experiment {
  std::string workload;
  bool synthetic = false;
  std::string source;
  std::string prices;
  std::size_t requests = 0;
  std::size_t distinct = 0;
  std::size_t bytes_of_all = 0;
  std::vector<replay_outcome> outcomes; ///< bound by bound, within each in the order of bench_eviction
};

void print_table(const std::vector<experiment>& experiments);

/// @returns unavailable naming the file when it cannot be written.
[[nodiscard]] result<void> write_json(const std::string& file, const std::vector<experiment>& experiments);

} // namespace inferenceflow::bench
