/// One shard of the exact cache: entries, eviction order, expiry order and counters behind one mutex.
///
/// Role:      exact_cache spreads keys over shards; nobody else uses this.
/// Lifecycle: construct → any calls → destroy.
/// Threading: thread-safe. Entries that go are announced and freed after the mutex is released.
/// Bounds:    bytes_max for the sum of charged bytes, at every moment; entry_bytes_max for one entry.
/// Source:    admission of s3_gdsf: Yang et al., "FIFO Queues are All You Need for Cache Eviction" (S3-FIFO), SOSP
/// 2023:
///            a short queue in front, promotion of what was asked for again, keys of what was not; here the main part
///            is ordered by GDSF instead of by a clock.
#pragma once

#include "base/clock.h"
#include "cache/cache_key.h"
#include "cache/cache_stats.h"
#include "cache/cached_answer.h"
#include "cache/departures.h"
#include "cache/entry_filter.h"
#include "cache/eviction_rank.h"
#include "cache/ghost_list.h"
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

/// Share of the bytes that new entries may take before the oldest of them must prove itself: 1 in this many.
inline constexpr std::size_t k_new_entries_share = 10;

struct shard_limits {
  std::size_t bytes_max = 0;
  std::size_t entry_bytes_max = 0;
  eviction_policy policy = eviction_policy::gdsf;
  double rent = 0; ///< nano-dollars per byte and second (rent_of()); 0 = idle entries stay
};

/// Who asks, and what would do.
struct cache_lookup {
  wall_time oldest = wall_time::min();         ///< entries created before it do not count
  trust_level least_trust = trust_level::none; ///< nor those written at a lower level
  bool semantic = false;        ///< found by meaning: counts as a semantic hit, and nothing when it is gone
  std::string_view model = {};  ///< whose miss it is; empty = nobody's
  std::string_view tenant = {}; ///< whose miss it is; empty = nobody's
};

class alignas(64) cache_shard {
public:
  /// @param observers  outlives the shard; does not change once entries go.
  cache_shard(shard_limits limits, const observer_list& observers)
      : limits_(limits)
      , observers_(observers) {}
  cache_shard(const cache_shard&) = delete;
  cache_shard& operator=(const cache_shard&) = delete;

  [[nodiscard]] std::shared_ptr<const cached_answer> find(const cache_key& key, steady_time now,
                                                          const cache_lookup& asked);
  [[nodiscard]] bool contains(const cache_key& key, steady_time now) const;

  /// Replaces an older entry, whose frequency carries over unless it expired; one of a higher trust level stays. Makes
  /// room by dropping first what expired, then by policy. When the newcomer ranks below something that would have to
  /// go, it is refused and nothing is evicted, but L rises to its rank, as if it had come in and been the first to go:
  /// that ages the others.
  bool store(const cache_key& key, std::shared_ptr<const cached_answer> answer, std::chrono::milliseconds ttl,
             steady_time now);

  bool erase(const cache_key& key);

  /// As exact_cache::erase_where, for this shard's entries.
  std::size_t erase_where(const entry_filter& filter);

  void resize(shard_limits limits, steady_time now);

  void count(std::string_view model, std::string_view tenant, cache_event event);
  [[nodiscard]] cache_stats stats() const;
  [[nodiscard]] eviction_policy policy() const;
  [[nodiscard]] std::vector<cache_group_stats> models() const;
  [[nodiscard]] std::vector<cache_group_stats> tenants() const;

private:
  /// Two cache lines: a hit in a large cache waits for each of them.
  struct alignas(64) entry {
    std::shared_ptr<const cached_answer> answer;
    steady_time ends{}; ///< of its time to live, or of its idle time if that comes first: hits move it further
    std::uint64_t frequency = 1;
    double value_per_byte = 0;
    eviction_rank rank;                 ///< true rank; the heap's copy may lag behind it, never run ahead
    money cost;                         ///< copied from the answer, whose memory a hit then need not touch
    wall_time created{};                ///< likewise
    steady_time expires{};              ///< end of its time to live
    steady_time::duration idle_limit{}; ///< how long it may lie unasked for
    std::uint32_t model_group = 0;
    std::uint32_t tenant_group = 0;
    trust_level trust = trust_level::none;
    bool is_new = false; ///< waits in by_arrival_ instead of by_rank_
    cache_key key;
    std::size_t bytes = 0;
  };
  static_assert(sizeof(entry) == 128);

  /// What making room has chosen so far; nothing of it has happened yet.
  struct room {
    std::vector<slot> victims;
    std::size_t freed = 0;
    std::size_t freed_new = 0; ///< of them in by_arrival_
  };

  [[nodiscard]] eviction_rank rank_now(double value_per_byte, std::uint64_t frequency) {
    return rank_of(limits_.policy, value_per_byte, frequency, age_, ++operations_);
  }
  void miss(const cache_lookup& asked);
  [[nodiscard]] slot least_ranked();
  [[nodiscard]] bool waits_as_new(const entry& newcomer) const;
  void remember(const cache_key& key);
  [[nodiscard]] bool new_ones_exceed_share(const room& made, std::size_t more) const;
  void promote(slot at);
  [[nodiscard]] bool choose_new(room& made);
  [[nodiscard]] bool make_room(const entry& newcomer, steady_time now, departures& gone);
  void drop_expired(steady_time now, std::size_t count_max, departures& gone);
  void drop_ended(slot at, steady_time now, departures& gone);
  void insert(entry added);
  void evict(slot victim, departures& gone);
  void remove(slot at, departure why, departures& gone);
  void rank_all_again();
  void set_rent(steady_time now);

  mutable std::mutex mutex_;
  shard_limits limits_;
  const observer_list& observers_;
  slab<entry> entries_;
  boost::unordered_flat_map<cache_key, slot, cache_key_hash> index_;
  indexed_heap<eviction_rank> by_rank_;    ///< without those that make_room() is about to evict
  indexed_heap<std::uint64_t> by_arrival_; ///< of s3_gdsf: new entries, oldest first; the others are in by_rank_
  indexed_heap<steady_time> by_end_;       ///< by `ends` as it was; hits may have moved it further since
  ghost_list ghosts_;
  group_table models_;
  group_table tenants_;
  cache_stats sums_;
  std::size_t new_bytes_ = 0; ///< of entries in by_arrival_
  double age_ = 0;            ///< L of GDSF
  std::uint64_t operations_ = 0;
};

} // namespace inferenceflow::cache
