/// The table, the JSON report and the data of the plot.
///
/// Role:      main ends with it.
/// Lifecycle: free functions over values.
/// Threading: one thread.
/// Bounds:    none.
#pragma once

#include "base/error.h"
#include "bench/semantic/replay.h"

#include <cstdint>
#include <string>
#include <vector>

namespace inferenceflow::bench {

struct run_facts {
  std::uint64_t seed = 0;
  std::string data;
  std::string embedder;
  std::string price;
};

/// For each set: what was kept, and the most that a fixed threshold serves at no more error.
void print_tables(const std::vector<replayed>& rows, const run_facts& facts);

/// build/reports/eval-cache.json: `rows` as the header of the issue has them, `comparisons`, `facts`.
[[nodiscard]] result<void> write_report(const std::vector<replayed>& rows, const run_facts& facts,
                                        const std::string& path);

/// One file for gnuplot, blocks by set and mode: hit rate, error, bound.
[[nodiscard]] result<void> write_plot_data(const std::vector<replayed>& rows, const std::string& path);

} // namespace inferenceflow::bench
