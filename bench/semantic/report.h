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

/// For each claim: met, or what was measured instead.
void print_claims(const std::vector<replayed>& rows);

/// build/reports/eval-cache.json: `rows`, `comparisons`, `claims` and what the run was made with; see README.md.
[[nodiscard]] result<void> write_report(const std::vector<replayed>& rows, const run_facts& facts,
                                        const std::string& path);

/// One file for gnuplot, a named block for each set and mode, `# set | mode`: hit rate %, error %, bound.
[[nodiscard]] result<void> write_plot_data(const std::vector<replayed>& rows, const std::string& path);

} // namespace inferenceflow::bench
