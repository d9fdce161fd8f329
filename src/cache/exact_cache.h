/// Answers to requests seen before, by 128-bit key, bounded in bytes, evicting what saves least per byte.
///
/// Role:      pipeline/ looks up before routing and stores after a complete answer.
/// Lifecycle: construct → find/store/erase* → destroy. No thread of its own; expiry is lazy plus on eviction.
/// Threading: thread-safe; sharded by key, one mutex per shard, never two at once.
/// Bounds:    limits.bytes_max over all shards; limits.entry_bytes_max per entry.
/// Source:    GreedyDual-Size-Frequency: Cherkasova, HPL-98-69 (1998), priority = L + frequency · cost / size.
#pragma once

#include "base/clock.h"
#include "cache/cached_answer.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::cache {

/// 128-bit hash of tenant scope and canonical request.
struct cache_key {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend bool operator==(const cache_key&, const cache_key&) = default;
};

/// 32 lower-case hex digits.
[[nodiscard]] std::string to_hex(const cache_key& key);

enum class eviction_policy : std::uint8_t { gdsf, lru };

struct cache_limits {
  std::size_t bytes_max = 256U << 20U;
  std::size_t entry_bytes_max = 4U << 20U;
  std::size_t shards = 16; ///< power of two
  eviction_policy policy = eviction_policy::gdsf;
};

/// Sums since start; `bytes` and `entries` are current.
struct cache_stats {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t stored = 0;
  std::uint64_t evicted = 0;
  std::uint64_t expired = 0;
  std::uint64_t refused = 0; ///< larger than entry_bytes_max, or worth less than all that it would displace
  std::uint64_t bytes = 0;
  std::uint64_t entries = 0;
  money saved;
};

/// Stats of one model or tenant.
struct cache_group_stats {
  std::string name;
  std::uint64_t hits = 0;
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  money saved;
};

class exact_cache {
public:
  exact_cache(cache_limits limits, const clock_source& clock);
  ~exact_cache();
  exact_cache(const exact_cache&) = delete;
  exact_cache& operator=(const exact_cache&) = delete;

  /// The entry under `key` if present and not expired; counts a hit (and its saving) or a miss.
  /// Lifetime: the entry stays valid for as long as the pointer is held, evicted or not.
  [[nodiscard]] std::shared_ptr<const cached_answer> find(const cache_key& key);

  /// Keeps `answer` for `ttl`, replacing an older entry; evicts by policy until it fits.
  /// @param ttl  time to live; ≤ 0 stores nothing.
  /// @returns true when kept.
  bool store(const cache_key& key, std::shared_ptr<const cached_answer> answer, std::chrono::milliseconds ttl);

  /// Removes one entry; true when it was there.
  bool erase(const cache_key& key);

  /// Removes every entry whose label `tenant/operation/model/key-hex` matches the glob (`*`, `?`).
  /// @returns how many were removed.
  std::size_t erase_matching(std::string_view glob);

  [[nodiscard]] cache_stats stats() const;
  [[nodiscard]] std::vector<cache_group_stats> stats_by_model() const;
  [[nodiscard]] std::vector<cache_group_stats> stats_by_tenant() const;

  /// Applies new bounds at once (configuration reload); `shards` cannot change and is ignored.
  void resize(const cache_limits& limits);

private:
  class shard;
  std::vector<std::unique_ptr<shard>> shards_;
};

} // namespace inferenceflow::cache
