/// What a tier of the cache counts.
///
/// Role:      exact_cache sums its shards up in it; api/ and telemetry/ show it.
/// Lifecycle: plain value.
/// Threading: value; no shared state.
/// Bounds:    none.
#pragma once

#include "base/money.h"

#include <cstdint>

namespace inferenceflow::cache {

/// Sums since start; `bytes`, `entries` and `new_bytes` are current.
struct cache_stats {
  std::uint64_t hits = 0;   ///< exact ones
  std::uint64_t misses = 0; ///< exact ones
  std::uint64_t semantic_hits = 0;
  std::uint64_t explored = 0;
  std::uint64_t judged_right = 0;
  std::uint64_t judged_wrong = 0;
  std::uint64_t stored = 0;
  std::uint64_t evicted = 0;
  std::uint64_t expired = 0; ///< for either reason
  std::uint64_t idle = 0;    ///< of the expired: nobody had asked for them for too long
  std::uint64_t erased = 0;  ///< on somebody's word
  std::uint64_t refused = 0; ///< too large, worth less than all that it would displace, or less trusted
  std::uint64_t bytes = 0;
  std::uint64_t new_bytes = 0; ///< of s3_gdsf: entries that wait to be asked for again
  std::uint64_t entries = 0;
  money saved;

  void add(const cache_stats& other);
};

} // namespace inferenceflow::cache
