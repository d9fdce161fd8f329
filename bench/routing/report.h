/// The evaluation's table, its rows as JSON and its curves for plotting.
///
/// Role:      main prints and writes through it.
/// Lifecycle: free functions.
/// Threading: none.
/// Bounds:    none.
#pragma once

#include "base/error.h"
#include "bench/routing/measures.h"

#include <string>
#include <vector>

namespace inferenceflow::bench {

struct set_result {
  std::string set;
  std::size_t rows = 0;
  std::vector<method_result> methods;
};

void print_set(const set_result& done);

/// @param path  ".json": rows of set, method, metric, value, ci95; beside it ".dat" with the curves for gnuplot.
[[nodiscard]] result<void> write_report(const std::string& path, const std::vector<set_result>& all);

} // namespace inferenceflow::bench
