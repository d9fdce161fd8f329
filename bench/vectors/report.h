/// The table on the terminal, and build/reports/bench-semantic.json.
#pragma once

#include "bench/vectors/measure.h"

#include <string>
#include <vector>

namespace inferenceflow::bench {

/// A scope of `rows` rows, searched both ways.
struct crossover {
  std::size_t rows = 0;
  double exact_us = 0; ///< median of a search
  double graph_us = 0;
};

/// Every entry of a graph replaced once, oldest first.
struct turnover {
  std::size_t entries = 0;
  spread change; ///< an erasure and an insert
  spread lookup;
  recall against_int8;
};

struct persistence {
  std::size_t entries = 0;
  std::size_t file_bytes = 0;
  double save_ms = 0;
  double load_ms = 0;
  bool same = false; ///< every query found the same before and after
};

struct vector_report {
  std::string source;
  std::string kernel;
  std::uint64_t seed = 0;
  double lookup_target_us = 0;
  std::vector<crossover> crossovers;
  std::vector<measured> sizes;
  turnover turned_over;
  persistence kept;
};

void print(const vector_report& report);

/// @returns error::unavailable  the file cannot be written
[[nodiscard]] result<void> write_json(const std::string& file, const vector_report& report);

} // namespace inferenceflow::bench
