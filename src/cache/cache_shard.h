/// One shard of the exact cache: entries, eviction order, expiry order and counters behind one mutex.
///
/// Role:      exact_cache spreads keys over shards; nobody else uses this.
/// Lifecycle: construct → any calls → destroy.
/// Threading: thread-safe. Evicted answers are freed after the mutex is released.
/// Bounds:    bytes_max for the sum of charged bytes, at every moment; entry_bytes_max for one entry.
#pragma once

#include "base/clock.h"
#include "cache/cache_key.h"
#include "cache/cached_answer.h"
#include "cache/eviction_rank.h"
#include "cache/group_table.h"
#include "cache/indexed_heap.h"
#include "cache/slab.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

namespace inferenceflow::cache {

/// Sums since start; `bytes` and `entries` are current.
struct cache_stats {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t stored = 0;
  std::uint64_t evicted = 0;
  std::uint64_t expired = 0;
  std::uint64_t refused = 0; ///< larger than the entry bound, or worth less than all that it would displace
  std::uint64_t bytes = 0;
  std::uint64_t entries = 0;
  money saved;

  void add(const cache_stats& other);
};

struct shard_limits {
  std::size_t bytes_max = 0;
  std::size_t entry_bytes_max = 0;
  eviction_policy policy = eviction_policy::gdsf;
};

class alignas(64) cache_shard {
public:
  explicit cache_shard(shard_limits limits)
      : limits_(limits) {}
  cache_shard(const cache_shard&) = delete;
  cache_shard& operator=(const cache_shard&) = delete;

  [[nodiscard]] std::shared_ptr<const cached_answer> find(const cache_key& key, steady_time now, wall_time oldest);

  /// Replaces an older entry, whose frequency carries over unless it expired. Makes room by dropping first what
  /// expired, then what ranks least. When the newcomer ranks below something that would have to go, it is refused and
  /// nothing is evicted, but L rises to its rank, as if it had come in and been the first to go: that ages the others.
  bool store(const cache_key& key, std::shared_ptr<const cached_answer> answer, std::chrono::milliseconds ttl,
             steady_time now);

  bool erase(const cache_key& key);

  /// As exact_cache::erase_matching, for this shard's entries.
  std::size_t erase_matching(std::string_view glob);

  void resize(shard_limits limits, steady_time now);

  [[nodiscard]] cache_stats stats() const;
  [[nodiscard]] std::vector<cache_group_stats> models() const;
  [[nodiscard]] std::vector<cache_group_stats> tenants() const;

private:
  struct entry {
    cache_key key;
    std::shared_ptr<const cached_answer> answer;
    steady_time expires{};
    std::uint64_t frequency = 1;
    double value_per_byte = 0;
    eviction_rank rank;  ///< true rank; the heap's copy may lag behind it, never run ahead
    money cost;          ///< copied from the answer, whose memory a hit then need not touch
    wall_time created{}; ///< likewise
    std::uint32_t model_group = 0;
    std::uint32_t tenant_group = 0;
    std::size_t bytes = 0;
  };
  using graveyard = std::vector<std::shared_ptr<const cached_answer>>;

  [[nodiscard]] eviction_rank rank_now(double value_per_byte, std::uint64_t frequency) {
    return rank_of(limits_.policy, value_per_byte, frequency, age_, ++operations_);
  }
  [[nodiscard]] slot least_ranked();
  [[nodiscard]] bool make_room(std::size_t bytes, eviction_rank newcomer, steady_time now, graveyard& dead);
  void drop_expired(steady_time now, std::size_t count_max, graveyard& dead);
  void insert(entry added);
  void evict(slot victim, graveyard& dead);
  void remove(slot at, graveyard& dead);
  void rank_all_again();

  mutable std::mutex mutex_;
  shard_limits limits_;
  slab<entry> entries_;
  boost::unordered_flat_map<cache_key, slot, cache_key_hash> index_;
  indexed_heap<eviction_rank> by_rank_; ///< without those that make_room() is about to evict
  indexed_heap<steady_time> by_expiry_;
  group_table models_;
  group_table tenants_;
  cache_stats sums_;
  double age_ = 0; ///< L of GDSF
  std::uint64_t operations_ = 0;
};

} // namespace inferenceflow::cache
