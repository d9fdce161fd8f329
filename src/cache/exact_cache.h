/// Answers to requests seen before, by 128-bit key, bounded in bytes, evicting what saves least per byte.
///
/// Role:      pipeline/ looks up before routing and stores after a complete answer.
/// Lifecycle: construct → find/store/erase* → destroy. No thread of its own; expiry is lazy plus on store.
/// Threading: thread-safe; sharded by key, one mutex per shard, never two at once.
/// Bounds:    limits.bytes_max over all shards, never exceeded, not even for a moment; limits.entry_bytes_max per
///            entry; k_groups_max names in each statistic.
/// Source:    eviction: cache/eviction_rank.h.
#pragma once

#include "base/clock.h"
#include "cache/cache_key.h"
#include "cache/cache_shard.h"
#include "cache/cached_answer.h"
#include "cache/departures.h"
#include "cache/entry_filter.h"
#include "cache/entry_observer.h"
#include "cache/eviction_rank.h"
#include "cache/group_table.h"
#include "cache/idle_limit.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace inferenceflow::cache {

struct cache_limits {
  std::size_t bytes_max = 256U << 20U;
  std::size_t entry_bytes_max = 4U << 20U; ///< of cached_answer::charged_bytes()
  /// Wanted number of shards, rounded down to a power of two and halved until each can hold four largest entries.
  std::size_t shards = 16;
  eviction_policy policy = eviction_policy::probation_gdsf;
  double rent_usd_per_gib_month = 0; ///< of the memory; 0 = entries that nobody asks for stay for their time to live
};

inline constexpr std::size_t k_observers_max = 4;

class exact_cache {
public:
  /// @param clock  must outlive the cache; its steady time decides expiry.
  exact_cache(cache_limits limits, const clock_source& clock);

  /// From now on `observer` hears of every entry that goes. Before the cache is shared between threads; at most
  /// k_observers_max. Lifetime: the observer outlives the cache.
  void observe(entry_observer& observer);

  /// The entry under `key` if present, not expired and good enough for who asks; counts a hit (and its saving) or a
  /// miss. Lifetime: the entry stays valid for as long as the pointer is held, evicted or not.
  [[nodiscard]] std::shared_ptr<const cached_answer> find(const cache_key& key, const cache_lookup& asked = {});

  /// Whether find() would find it; counts nothing and is no use of it.
  [[nodiscard]] bool contains(const cache_key& key) const;

  /// Keeps `answer` for `ttl`, replacing an older entry; evicts expired entries, then by policy, until it fits.
  /// @param answer  not null.
  /// @param ttl     time to live; ≤ 0 stores nothing and leaves an older entry alone.
  /// @returns true when kept; false when too large, worth less than what it would displace, or at a lower trust level
  ///          than the live entry under the same key.
  bool store(const cache_key& key, std::shared_ptr<const cached_answer> answer, std::chrono::milliseconds ttl);

  /// Removes one entry; true when it was there.
  bool erase(const cache_key& key);

  /// Removes every entry that the filter means; an empty filter means all.
  /// Walks every entry, one shard at a time: an operator's tool, not for the path of a request.
  /// @returns how many were removed.
  std::size_t erase_where(const entry_filter& filter);

  /// Counts what happened about an entry that is not at hand, for its model and tenant.
  void count(const cache_key& key, std::string_view model, std::string_view tenant, cache_event event);

  [[nodiscard]] cache_stats stats() const;
  /// Those that saved most first; what exceeds the bound on names counts as "other".
  [[nodiscard]] std::vector<cache_group_stats> stats_by_model() const;
  [[nodiscard]] std::vector<cache_group_stats> stats_by_tenant() const;

  [[nodiscard]] eviction_policy policy() const { return shards_.front()->policy(); }

  /// Applies new bounds at once (configuration reload): evicts before it returns. The number of shards stays as it was
  /// built, so an entry can be no larger than bytes_max / shard_count().
  void resize(const cache_limits& limits);

  [[nodiscard]] std::size_t shard_count() const { return shards_.size(); }

private:
  [[nodiscard]] cache_shard& shard_of(const cache_key& key) const { return *shards_[key.high & (shards_.size() - 1)]; }

  const clock_source& clock_;
  observer_list observers_;
  std::vector<std::unique_ptr<cache_shard>> shards_;
};

} // namespace inferenceflow::cache
