/// Runs a workload through the real cache with a simulated clock and adds up what it saved.
///
/// Role:      the experiment of bench_eviction.
/// Lifecycle: one cache per call.
/// Threading: no shared state.
/// Bounds:    bytes_max of the cache under test.
#pragma once

#include "base/money.h"
#include "bench/eviction/workload.h"
#include "cache/eviction_rank.h"
#include "cost/price_table.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace inferenceflow::bench {

/// Which model answers which request: keys are spread evenly over the models by their hash.
struct price_scenario {
  std::string name;
  std::vector<cost::price_handle> models;
};

struct replay_outcome {
  std::size_t bytes_max = 0;
  cache::eviction_policy policy = cache::eviction_policy::gdsf;
  std::uint64_t requests = 0;
  std::uint64_t hits = 0;
  std::uint64_t body_bytes = 0;     ///< of all answers
  std::uint64_t body_bytes_hit = 0; ///< of those that came from the cache
  std::uint64_t evicted = 0;
  std::uint64_t refused = 0;
  money spent; ///< on misses
  money saved; ///< by hits: what the stored answer had cost

  [[nodiscard]] double hit_ratio() const;
  [[nodiscard]] double byte_hit_ratio() const;
  [[nodiscard]] double saved_ratio() const; ///< of what everything would have cost
};

/// Bytes that hold every distinct answer of the workload: a bound at which nothing is evicted.
[[nodiscard]] std::size_t bytes_of_all(const workload& load);

[[nodiscard]] replay_outcome replay(const workload& load, const price_scenario& prices, cache::eviction_policy policy,
                                    std::size_t bytes_max);

} // namespace inferenceflow::bench
