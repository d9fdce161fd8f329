// What goes when something else shall come: expiry, admission, eviction, and new limits.
#include "cache/cache_shard.h"
#include "cache/idle_limit.h"

#include <algorithm>

namespace inferenceflow::cache {

namespace {

/// So that a shard of a few entries remembers something too.
constexpr std::size_t k_ghosts_min = 16;

} // namespace

void cache_shard::resize(shard_limits limits, steady_time now) {
  departures gone{observers_};
  const std::lock_guard lock{mutex_};
  const bool other_policy = limits.policy != limits_.policy;
  const bool other_rent = limits.rent != limits_.rent;
  limits_ = limits;
  if (other_policy) {
    rank_all_again();
  }
  if (other_rent) {
    set_rent(now);
  }
  drop_expired(now, index_.size(), gone);
  std::vector<slot> oversized;
  for (const auto& [key, at] : index_) {
    if (entries_[at].bytes > limits_.entry_bytes_max) {
      oversized.push_back(at);
    }
  }
  for (const slot victim : oversized) {
    evict(victim, gone);
  }
  while (sums_.bytes > limits_.bytes_max) {
    room made;
    if (!by_rank_.empty() && !new_ones_exceed_share(made, 0)) {
      evict(least_ranked(), gone);
    } else if (choose_new(made)) {
      evict(made.victims.front(), gone);
    }
  }
}

// Hits raise an entry's rank without touching the heap, so the heap's least may be out of date: lift it and look again.
// What stays on top with its true rank is the true least, as every other true rank is at least its heap key.
slot cache_shard::least_ranked() {
  while (by_rank_.top_key() < entries_[by_rank_.top()].rank) {
    by_rank_.update(by_rank_.top(), entries_[by_rank_.top()].rank);
  }
  return by_rank_.top();
}

// Asked for before, lately thrown out as new, or too large for the queue: no need or no way to prove itself there.
bool cache_shard::waits_as_new(const entry& newcomer) const {
  return limits_.policy == eviction_policy::s3_gdsf && newcomer.frequency == 1 &&
         newcomer.bytes <= limits_.bytes_max / k_new_entries_share;
}

void cache_shard::remember(const cache_key& key) {
  ghosts_.push(key, std::max(k_ghosts_min, index_.size()));
}

bool cache_shard::new_ones_exceed_share(const room& made, std::size_t more) const {
  return !by_arrival_.empty() && new_bytes_ - made.freed_new + more > limits_.bytes_max / k_new_entries_share;
}

void cache_shard::promote(slot at) {
  entry& proven = entries_[at];
  by_arrival_.erase(at);
  new_bytes_ -= proven.bytes;
  proven.is_new = false;
  proven.rank = rank_of(limits_.policy, proven.value_per_byte, proven.frequency, age_, proven.rank.used);
  by_rank_.push(at, proven.rank);
}

// The oldest new entry moves into the main part when it was asked for, or becomes a victim when it was not.
// @returns true when there is one victim more.
bool cache_shard::choose_new(room& made) {
  const slot oldest = by_arrival_.top();
  if (entries_[oldest].frequency > 1) {
    promote(oldest);
    return false;
  }
  by_arrival_.erase(oldest);
  made.victims.push_back(oldest);
  made.freed += entries_[oldest].bytes;
  made.freed_new += entries_[oldest].bytes;
  return true;
}

bool cache_shard::make_room(const entry& newcomer, steady_time now, departures& gone) {
  if (sums_.bytes + newcomer.bytes <= limits_.bytes_max) {
    return true;
  }
  drop_expired(now, index_.size(), gone);
  room made;
  bool fits = true;
  while (fits && sums_.bytes - made.freed + newcomer.bytes > limits_.bytes_max) {
    if (by_rank_.empty() || new_ones_exceed_share(made, newcomer.is_new ? newcomer.bytes : 0)) {
      (void)choose_new(made);
      continue;
    }
    const slot least = least_ranked();
    fits = newcomer.is_new || !(newcomer.rank < entries_[least].rank);
    if (fits) {
      by_rank_.erase(least);
      made.victims.push_back(least);
      made.freed += entries_[least].bytes;
    }
  }
  for (const slot victim : made.victims) {
    const entry& chosen = entries_[victim];
    if (fits) {
      evict(victim, gone);
    } else if (chosen.is_new) {
      by_arrival_.push(victim, chosen.rank.used);
    } else {
      by_rank_.push(victim, chosen.rank);
    }
  }
  if (!fits) {
    age_ = std::max(age_, newcomer.rank.value);
    if (limits_.policy == eviction_policy::probation_gdsf) {
      remember(newcomer.key);
    }
  }
  return fits;
}

void cache_shard::drop_expired(steady_time now, std::size_t count_max, departures& gone) {
  for (std::size_t seen = 0; seen < count_max && !by_end_.empty() && by_end_.top_key() <= now; ++seen) {
    const slot first = by_end_.top();
    if (entries_[first].ends > now) { // a hit gave it more time
      by_end_.update(first, entries_[first].ends);
    } else {
      drop_ended(first, now, gone);
    }
  }
}

void cache_shard::drop_ended(slot at, steady_time now, departures& gone) {
  ++sums_.expired;
  sums_.idle += entries_[at].expires > now ? 1U : 0U;
  remove(at, departure::expired, gone);
}

void cache_shard::evict(slot victim, departures& gone) {
  const entry& leaving = entries_[victim];
  if (leaving.is_new || limits_.policy == eviction_policy::probation_gdsf) {
    remember(leaving.key);
  }
  if (!leaving.is_new) {
    age_ = std::max(age_, leaving.rank.value);
  }
  ++sums_.evicted;
  remove(victim, departure::evicted, gone);
}

// Ranks of two policies do not compare, and may fall, which the lazy heap does not allow: rank everything anew.
void cache_shard::rank_all_again() {
  age_ = 0;
  ghosts_.clear();
  for (const auto& [key, at] : index_) {
    entry& ranked = entries_[at];
    if (ranked.is_new) {
      promote(at);
    }
    ranked.rank = rank_of(limits_.policy, ranked.value_per_byte, ranked.frequency, age_, ranked.rank.used);
    by_rank_.update(at, ranked.rank);
  }
}

// The idle time of what is there begins anew: when it was last asked for is not kept.
void cache_shard::set_rent(steady_time now) {
  for (const auto& [key, at] : index_) {
    entry& kept = entries_[at];
    kept.idle_limit = idle_limit(kept.value_per_byte, limits_.rent);
    kept.ends = std::min(kept.expires, now + kept.idle_limit);
    by_end_.update(at, kept.ends);
  }
}

} // namespace inferenceflow::cache
