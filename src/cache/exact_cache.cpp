#include "cache/exact_cache.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <utility>

namespace inferenceflow::cache {

namespace {

constexpr std::size_t k_largest_entries_per_shard = 4;

std::size_t usable_shards(const cache_limits& limits) {
  std::size_t shards = std::bit_floor(std::max<std::size_t>(1, limits.shards));
  while (shards > 1 && limits.bytes_max / shards / k_largest_entries_per_shard < limits.entry_bytes_max) {
    shards /= 2;
  }
  return shards;
}

shard_limits share_of(const cache_limits& limits, std::size_t shards) {
  return shard_limits{.bytes_max = limits.bytes_max / shards,
                      .entry_bytes_max = limits.entry_bytes_max,
                      .policy = limits.policy,
                      .rent = rent_of(limits.rent_usd_per_gib_month)};
}

} // namespace

exact_cache::exact_cache(cache_limits limits, const clock_source& clock)
    : clock_(clock) {
  const std::size_t shards = usable_shards(limits);
  shards_.reserve(shards);
  for (std::size_t i = 0; i < shards; ++i) {
    shards_.push_back(std::make_unique<cache_shard>(share_of(limits, shards), observers_));
  }
}

void exact_cache::observe(entry_observer& observer) {
  assert(observers_.size() < k_observers_max);
  observers_.push_back(&observer);
}

std::shared_ptr<const cached_answer> exact_cache::find(const cache_key& key, const cache_lookup& asked) {
  return shard_of(key).find(key, clock_.steady_now(), asked);
}

bool exact_cache::contains(const cache_key& key) const {
  return shard_of(key).contains(key, clock_.steady_now());
}

void exact_cache::count(const cache_key& key, std::string_view model, std::string_view tenant, cache_event event) {
  shard_of(key).count(model, tenant, event);
}

bool exact_cache::store(const cache_key& key, std::shared_ptr<const cached_answer> answer,
                        std::chrono::milliseconds ttl) {
  if (ttl <= std::chrono::milliseconds::zero()) {
    return false;
  }
  const auto bounded = std::min<std::chrono::milliseconds>(ttl, k_ttl_max);
  return shard_of(key).store(key, std::move(answer), bounded, clock_.steady_now());
}

bool exact_cache::erase(const cache_key& key) {
  return shard_of(key).erase(key);
}

std::size_t exact_cache::erase_where(const entry_filter& filter) {
  std::size_t erased = 0;
  for (const auto& shard : shards_) {
    erased += shard->erase_where(filter);
  }
  return erased;
}

cache_stats exact_cache::stats() const {
  cache_stats sums;
  for (const auto& shard : shards_) {
    sums.add(shard->stats());
  }
  return sums;
}

std::vector<cache_group_stats> exact_cache::stats_by_model() const {
  std::vector<cache_group_stats> all;
  for (const auto& shard : shards_) {
    const auto part = shard->models();
    all.insert(all.end(), part.begin(), part.end());
  }
  return merge_groups(all);
}

std::vector<cache_group_stats> exact_cache::stats_by_tenant() const {
  std::vector<cache_group_stats> all;
  for (const auto& shard : shards_) {
    const auto part = shard->tenants();
    all.insert(all.end(), part.begin(), part.end());
  }
  return merge_groups(all);
}

void exact_cache::resize(const cache_limits& limits) {
  for (const auto& shard : shards_) {
    shard->resize(share_of(limits, shards_.size()), clock_.steady_now());
  }
}

} // namespace inferenceflow::cache
