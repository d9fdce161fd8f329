#include "cache/cache_shard.h"

#include "cache/idle_limit.h"

#include <algorithm>
#include <utility>

namespace inferenceflow::cache {

namespace {

/// Expired entries dropped by a store that needs no room: frees memory in time without one store paying for all.
constexpr std::size_t k_expired_per_store_max = 16;

} // namespace

std::shared_ptr<const cached_answer> cache_shard::find(const cache_key& key, steady_time now,
                                                       const cache_lookup& asked) {
  departures gone{observers_};
  const std::lock_guard lock{mutex_};
  const auto found = index_.find(key);
  if (found == index_.end()) {
    miss(asked);
    return nullptr;
  }
  entry& hit = entries_[found->second];
  if (hit.ends <= now) {
    miss(asked);
    drop_ended(found->second, now, gone);
    return nullptr;
  }
  if (hit.created < asked.oldest || hit.trust < asked.least_trust) { // does not do for this caller only
    miss(asked);
    return nullptr;
  }
  ++hit.frequency;
  hit.rank = rank_now(hit.value_per_byte, hit.frequency);
  hit.ends = std::min(hit.expires, now + hit.idle_limit);
  sums_.saved += hit.cost;
  if (asked.semantic) {
    ++sums_.semantic_hits;
    models_.semantic_hit(hit.model_group, hit.cost);
    tenants_.semantic_hit(hit.tenant_group, hit.cost);
  } else {
    ++sums_.hits;
    models_.hit(hit.model_group, hit.cost);
    tenants_.hit(hit.tenant_group, hit.cost);
  }
  return hit.answer;
}

void cache_shard::miss(const cache_lookup& asked) {
  if (!asked.semantic) {
    ++sums_.misses;
    models_.count(asked.model, cache_event::miss);
    tenants_.count(asked.tenant, cache_event::miss);
  }
}

bool cache_shard::contains(const cache_key& key, steady_time now) const {
  const std::lock_guard lock{mutex_};
  const auto found = index_.find(key);
  return found != index_.end() && entries_[found->second].ends > now;
}

bool cache_shard::store(const cache_key& key, std::shared_ptr<const cached_answer> answer,
                        std::chrono::milliseconds ttl, steady_time now) {
  entry added;
  added.key = key;
  added.cost = answer->cost;
  added.created = answer->created;
  added.trust = answer->trust;
  added.expires = now + ttl;
  added.bytes = answer->charged_bytes();
  added.value_per_byte = saving_value(*answer) / static_cast<double>(added.bytes);
  added.answer = std::move(answer);
  departures gone{observers_};
  const std::lock_guard lock{mutex_};
  if (const auto old = index_.find(key); old != index_.end()) {
    const entry& before = entries_[old->second];
    const bool live = before.ends > now;
    if (live && before.trust > added.trust) {
      ++sums_.refused;
      return false;
    }
    added.frequency += live ? before.frequency : 0;
    remove(old->second, departure::replaced, gone); // superseded even if the new answer turns out not to fit
  }
  drop_expired(now, k_expired_per_store_max, gone);
  if (remembers_keys(limits_.policy) && ghosts_.take(key)) {
    added.frequency = std::max<std::uint64_t>(2, added.frequency);
  }
  added.idle_limit = idle_limit(added.value_per_byte, limits_.rent);
  added.ends = std::min(added.expires, now + added.idle_limit);
  added.rank = rank_now(added.value_per_byte, added.frequency);
  if (added.bytes > std::min(limits_.entry_bytes_max, limits_.bytes_max)) {
    ++sums_.refused;
    return false;
  }
  added.is_new = waits_as_new(added);
  if (!make_room(added, now, gone)) {
    ++sums_.refused;
    return false;
  }
  insert(std::move(added));
  ++sums_.stored;
  return true;
}

bool cache_shard::erase(const cache_key& key) {
  departures gone{observers_};
  const std::lock_guard lock{mutex_};
  const auto found = index_.find(key);
  if (found == index_.end()) {
    return false;
  }
  ++sums_.erased;
  remove(found->second, departure::erased, gone);
  return true;
}

std::size_t cache_shard::erase_where(const entry_filter& filter) {
  departures gone{observers_};
  const std::lock_guard lock{mutex_};
  std::vector<slot> matching;
  for (const auto& [key, at] : index_) {
    const cached_answer& answer = *entries_[at].answer;
    if (matches(filter, {key, answer.tenant, answer.operation, answer.model, answer.tags})) {
      matching.push_back(at);
    }
  }
  for (const slot each : matching) {
    remove(each, departure::erased, gone);
  }
  sums_.erased += matching.size();
  return matching.size();
}

void cache_shard::count(std::string_view model, std::string_view tenant, cache_event event) {
  const std::lock_guard lock{mutex_};
  switch (event) {
  case cache_event::miss: ++sums_.misses; break;
  case cache_event::explored: ++sums_.explored; break;
  case cache_event::judged_right: ++sums_.judged_right; break;
  case cache_event::judged_wrong: ++sums_.judged_wrong; break;
  }
  models_.count(model, event);
  tenants_.count(tenant, event);
}

cache_stats cache_shard::stats() const {
  const std::lock_guard lock{mutex_};
  cache_stats now = sums_;
  now.new_bytes = new_bytes_;
  return now;
}

eviction_policy cache_shard::policy() const {
  const std::lock_guard lock{mutex_};
  return limits_.policy;
}

std::vector<cache_group_stats> cache_shard::models() const {
  const std::lock_guard lock{mutex_};
  return models_.groups();
}

std::vector<cache_group_stats> cache_shard::tenants() const {
  const std::lock_guard lock{mutex_};
  return tenants_.groups();
}

void cache_shard::insert(entry added) {
  const slot at = entries_.take();
  entry& kept = entries_[at];
  kept = std::move(added);
  index_.emplace(kept.key, at);
  if (kept.is_new) {
    by_arrival_.push(at, kept.rank.used);
    new_bytes_ += kept.bytes;
  } else {
    by_rank_.push(at, kept.rank);
  }
  by_end_.push(at, kept.ends);
  kept.model_group = models_.join(kept.answer->model, kept.bytes);
  kept.tenant_group = tenants_.join(kept.answer->tenant, kept.bytes);
  sums_.bytes += kept.bytes;
  ++sums_.entries;
}

void cache_shard::remove(slot at, departure why, departures& gone) {
  entry& leaving = entries_[at];
  if (by_rank_.contains(at)) {
    by_rank_.erase(at);
  }
  if (by_arrival_.contains(at)) {
    by_arrival_.erase(at);
  }
  new_bytes_ -= leaving.is_new ? leaving.bytes : 0;
  by_end_.erase(at);
  models_.leave(leaving.model_group, leaving.bytes);
  tenants_.leave(leaving.tenant_group, leaving.bytes);
  sums_.bytes -= leaving.bytes;
  --sums_.entries;
  gone.add(leaving.key, std::move(leaving.answer), why);
  index_.erase(leaving.key);
  entries_.give_back(at);
}

} // namespace inferenceflow::cache
