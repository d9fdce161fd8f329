/// What is measured of an index: how long calls take, and how many of the true neighbours a search finds.
#pragma once

#include "bench/vectors/source.h"
#include "vectors/vector_index.h"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace inferenceflow::bench {

/// Microseconds. `cpu` is the thread's own time: what another program takes meanwhile does not count there.
struct spread {
  double mean = 0;
  double p50 = 0;
  double p99 = 0;
  double cpu_p99 = 0;
  double worst = 0;
};

struct recall {
  double first = 0; ///< share of queries whose nearest vector was found first
  double five = 0;  ///< share of the five nearest that were among the five found
};

struct measured {
  std::string what;
  std::size_t entries = 0;
  std::size_t scopes = 1;
  spread insert;
  spread lookup;
  recall against_int8;  ///< truth: every row compared as it is stored; shows what the graph misses
  recall against_float; ///< truth: the vectors as they were; shows what quantising costs too
  double bytes_per_entry = 0;
};

using progress = std::function<void(double share)>;

/// Calls `body` for each of 0 … count - 1 and times each call.
[[nodiscard]] spread time_each(std::size_t count, const std::function<void(std::size_t)>& body, const progress& tell);

/// Entry i of `source` goes to scope i % scopes.
[[nodiscard]] vectors::scope_id scope_of(std::size_t i, std::size_t scopes);

/// Fills `index` with the first `entries` stored vectors and looks every query up twice; the second time counts.
/// @param with_truth  also compare with brute force, which takes a while.
[[nodiscard]] measured measure(vectors::vector_index& index, const vector_source& source, std::size_t entries,
                               std::size_t scopes, bool with_truth, const progress& tell);

/// How many of the neighbours that `truth` finds in the first scope `index` finds there too.
[[nodiscard]] recall recall_of(const vectors::vector_index& index, const vectors::vector_index& truth,
                               const vector_source& source);

} // namespace inferenceflow::bench
