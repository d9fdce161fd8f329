#include "cache/cache_shard.h"

#include "cache/glob.h"

#include <algorithm>
#include <string>
#include <utility>

namespace inferenceflow::cache {

namespace {

/// Expired entries dropped by a store that needs no room: frees memory in time without one store paying for all.
constexpr std::size_t k_expired_per_store_max = 16;

} // namespace

void cache_stats::add(const cache_stats& other) {
  hits += other.hits;
  misses += other.misses;
  stored += other.stored;
  evicted += other.evicted;
  expired += other.expired;
  refused += other.refused;
  bytes += other.bytes;
  entries += other.entries;
  saved += other.saved;
}

std::shared_ptr<const cached_answer> cache_shard::find(const cache_key& key, steady_time now, wall_time oldest) {
  graveyard dead;
  const std::lock_guard lock{mutex_};
  const auto found = index_.find(key);
  if (found == index_.end()) {
    ++sums_.misses;
    return nullptr;
  }
  entry& hit = entries_[found->second];
  if (hit.expires <= now) {
    ++sums_.misses;
    ++sums_.expired;
    remove(found->second, dead);
    return nullptr;
  }
  if (hit.created < oldest) { // too old for this caller only
    ++sums_.misses;
    return nullptr;
  }
  ++hit.frequency;
  hit.rank = rank_now(hit.value_per_byte, hit.frequency);
  ++sums_.hits;
  sums_.saved += hit.cost;
  models_.hit(hit.model_group, hit.cost);
  tenants_.hit(hit.tenant_group, hit.cost);
  return hit.answer;
}

bool cache_shard::store(const cache_key& key, std::shared_ptr<const cached_answer> answer,
                        std::chrono::milliseconds ttl, steady_time now) {
  const std::size_t bytes = answer->charged_bytes();
  const double value_per_byte = saving_value(*answer) / static_cast<double>(bytes);
  graveyard dead;
  const std::lock_guard lock{mutex_};
  std::uint64_t frequency = 1;
  if (const auto old = index_.find(key); old != index_.end()) {
    const entry& before = entries_[old->second];
    frequency += before.expires > now ? before.frequency : 0;
    remove(old->second, dead); // superseded even if the new answer turns out not to fit
  }
  drop_expired(now, k_expired_per_store_max, dead);
  const eviction_rank rank = rank_now(value_per_byte, frequency);
  if (bytes > std::min(limits_.entry_bytes_max, limits_.bytes_max) || !make_room(bytes, rank, now, dead)) {
    ++sums_.refused;
    return false;
  }
  entry added;
  added.key = key;
  added.cost = answer->cost;
  added.created = answer->created;
  added.answer = std::move(answer);
  added.expires = now + ttl;
  added.bytes = bytes;
  added.value_per_byte = value_per_byte;
  added.frequency = frequency;
  added.rank = rank;
  insert(std::move(added));
  ++sums_.stored;
  return true;
}

bool cache_shard::erase(const cache_key& key) {
  graveyard dead;
  const std::lock_guard lock{mutex_};
  const auto found = index_.find(key);
  if (found == index_.end()) {
    return false;
  }
  remove(found->second, dead);
  return true;
}

std::size_t cache_shard::erase_matching(std::string_view glob) {
  graveyard dead;
  const std::lock_guard lock{mutex_};
  std::vector<slot> matching;
  std::string label;
  for (const auto& [key, at] : index_) {
    const cached_answer& answer = *entries_[at].answer;
    label.assign(answer.tenant).append("/").append(answer.operation).append("/").append(answer.model).append("/");
    label.append(to_hex(key));
    if (glob_match(glob, label)) {
      matching.push_back(at);
    }
  }
  for (const slot gone : matching) {
    remove(gone, dead);
  }
  return matching.size();
}

void cache_shard::resize(shard_limits limits, steady_time now) {
  graveyard dead;
  const std::lock_guard lock{mutex_};
  const bool other_policy = limits.policy != limits_.policy;
  limits_ = limits;
  if (other_policy) {
    rank_all_again();
  }
  drop_expired(now, index_.size(), dead);
  std::vector<slot> oversized;
  for (const auto& [key, at] : index_) {
    if (entries_[at].bytes > limits_.entry_bytes_max) {
      oversized.push_back(at);
    }
  }
  for (const slot victim : oversized) {
    evict(victim, dead);
  }
  while (sums_.bytes > limits_.bytes_max) {
    evict(least_ranked(), dead);
  }
}

cache_stats cache_shard::stats() const {
  const std::lock_guard lock{mutex_};
  return sums_;
}

std::vector<cache_group_stats> cache_shard::models() const {
  const std::lock_guard lock{mutex_};
  return models_.groups();
}

std::vector<cache_group_stats> cache_shard::tenants() const {
  const std::lock_guard lock{mutex_};
  return tenants_.groups();
}

// Hits raise an entry's rank without touching the heap, so the heap's least may be out of date: lift it and look again.
// What stays on top with its true rank is the true least, as every other true rank is at least its heap key.
slot cache_shard::least_ranked() {
  while (by_rank_.top_key() < entries_[by_rank_.top()].rank) {
    by_rank_.update(by_rank_.top(), entries_[by_rank_.top()].rank);
  }
  return by_rank_.top();
}

bool cache_shard::make_room(std::size_t bytes, eviction_rank newcomer, steady_time now, graveyard& dead) {
  if (sums_.bytes + bytes <= limits_.bytes_max) {
    return true;
  }
  drop_expired(now, index_.size(), dead);
  std::vector<slot> victims;
  std::size_t freed = 0;
  bool fits = true;
  while (fits && sums_.bytes - freed + bytes > limits_.bytes_max) {
    const slot least = least_ranked();
    fits = !(newcomer < entries_[least].rank);
    if (fits) {
      by_rank_.erase(least);
      victims.push_back(least);
      freed += entries_[least].bytes;
    }
  }
  for (const slot victim : victims) {
    if (fits) {
      evict(victim, dead);
    } else {
      by_rank_.push(victim, entries_[victim].rank);
    }
  }
  if (!fits) {
    age_ = std::max(age_, newcomer.value);
  }
  return fits;
}

void cache_shard::drop_expired(steady_time now, std::size_t count_max, graveyard& dead) {
  for (std::size_t dropped = 0; dropped < count_max && !by_expiry_.empty() && by_expiry_.top_key() <= now; ++dropped) {
    ++sums_.expired;
    remove(by_expiry_.top(), dead);
  }
}

void cache_shard::insert(entry added) {
  const slot at = entries_.take();
  entry& kept = entries_[at];
  kept = std::move(added);
  index_.emplace(kept.key, at);
  by_rank_.push(at, kept.rank);
  by_expiry_.push(at, kept.expires);
  kept.model_group = models_.join(kept.answer->model, kept.bytes);
  kept.tenant_group = tenants_.join(kept.answer->tenant, kept.bytes);
  sums_.bytes += kept.bytes;
  ++sums_.entries;
}

void cache_shard::evict(slot victim, graveyard& dead) {
  age_ = std::max(age_, entries_[victim].rank.value);
  ++sums_.evicted;
  remove(victim, dead);
}

void cache_shard::remove(slot at, graveyard& dead) {
  if (by_rank_.contains(at)) {
    by_rank_.erase(at);
  }
  by_expiry_.erase(at);
  entry& gone = entries_[at];
  models_.leave(gone.model_group, gone.bytes);
  tenants_.leave(gone.tenant_group, gone.bytes);
  sums_.bytes -= gone.bytes;
  --sums_.entries;
  dead.push_back(std::move(gone.answer));
  index_.erase(gone.key);
  entries_.give_back(at);
}

// Ranks of two policies do not compare, and may fall, which the lazy heap does not allow: rank everything anew.
void cache_shard::rank_all_again() {
  age_ = 0;
  for (const auto& [key, at] : index_) {
    entry& ranked = entries_[at];
    ranked.rank = rank_of(limits_.policy, ranked.value_per_byte, ranked.frequency, age_, ranked.rank.used);
    by_rank_.update(at, ranked.rank);
  }
}

} // namespace inferenceflow::cache
