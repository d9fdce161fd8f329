#include "semantic/semantic_cache.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace inferenceflow::semantic {

namespace {
/// Farther entries are about something else: they are no candidates, and there is nothing to learn from them.
constexpr float k_similarity_floor = 0.4F;

/// In the index: a byte per component; scale, id, links of the graph and room to grow as measured (vectors/README.md:
/// up to 810 bytes at 384 dimensions).
constexpr std::size_t vector_bytes(std::size_t dimension) {
  constexpr std::size_t k_beside_components = 426;
  return dimension + k_beside_components;
}
} // namespace

semantic_cache::semantic_cache(semantic_limits limits, std::uint64_t seed)
    : limits_(limits)
    , draws_(seed)
    , entries_(limits.bytes_max) {}

vectors::vector_index* semantic_cache::index_for(std::size_t dimension) {
  if (!index_) {
    // Entries are bounded with their vectors, by the table.
    auto made = vectors::vector_index::make(dimension, {.bytes_max = std::numeric_limits<std::size_t>::max()});
    if (made) {
      index_ = std::move(*made);
    }
  }
  return index_ && index_->dimension() == dimension ? index_.get() : nullptr;
}

result<std::vector<near_entry>> semantic_cache::near(const question& asked) {
  vectors::vector_index* index = nullptr;
  {
    const std::lock_guard lock{mutex_};
    index = index_for(asked.vector.size());
  }
  if (index == nullptr) {
    return make_error(error_kind::invalid_request, "the vector has another length than the entries' vectors");
  }
  const auto nearest = index->nearest(asked.scope, asked.vector, k_neighbours_max);
  if (!nearest) {
    return nearest.error();
  }
  return describe(*nearest);
}

std::vector<near_entry> semantic_cache::describe(std::span<const vectors::neighbour> nearest) const {
  std::vector<near_entry> found;
  found.reserve(nearest.size());
  const std::lock_guard lock{mutex_};
  for (const auto& [id, similarity] : nearest) {
    const entry* met = entries_.find(id);
    if (met == nullptr || similarity < k_similarity_floor) {
      continue; // erased meanwhile
    }
    const proof& of_answer = entries_.answer_of(*met);
    found.push_back({.of = {.entry = id,
                            .answer = met->answer,
                            .similarity = similarity,
                            .own = met->own.seen,
                            .answers = of_answer.seen},
                     .text = met->text,
                     .key = met->key,
                     .running_key = met->running_key,
                     .pending = met->pending,
                     .streamed = met->streamed,
                     .own_shift = met->own.shift,
                     .answer_shift = of_answer.shift});
  }
  return found;
}

namespace {

served served_by(const near_entry& by, double risk) {
  return {.entry = by.of.entry,
          .key = by.key,
          .running_key = by.running_key,
          .pending = by.pending,
          .streamed = by.streamed,
          .similarity = by.of.similarity,
          .risk = risk};
}

const near_entry& entry_of(const candidate& of, std::span<const near_entry> near) {
  return *std::find_if(near.begin(), near.end(), [&](const near_entry& each) { return each.of.entry == of.entry; });
}

} // namespace

ruling semantic_cache::decide(const question& asked, std::span<const near_entry> near, const rule& by,
                              const lane_name& name) {
  return by.kind == rule_kind::fixed ? decide_static(asked, near, by, name) : decide_verified(asked, near, by, name);
}

ruling semantic_cache::decide_static(const question& asked, std::span<const near_entry> near, const rule& by,
                                     const lane_name& name) {
  ruling made;
  const text_profile profile = by.veto && !near.empty() && near.front().of.similarity >= by.similarity_min
                                   ? profile_of(asked.text)
                                   : text_profile{};
  for (const near_entry& each : near) {
    if (each.of.similarity < by.similarity_min) {
      break;
    }
    const std::uint32_t kinds = by.veto ? compare(profile, profile_of(*each.text)).vetoes : 0;
    if (kinds == 0) {
      made.hit = served_by(each, 0);
      break;
    }
    made.vetoed |= kinds;
  }
  const std::lock_guard lock{mutex_};
  lane_stats& counts = lane_of(asked.lane, by, name).counts;
  ++counts.requests;
  counts.hits += made.hit ? 1U : 0U;
  counts.vetoed += !made.hit && made.vetoed != 0 ? 1U : 0U;
  if (entry* hit = made.hit ? entries_.find(made.hit->entry) : nullptr) {
    hit->used = true;
  }
  return made;
}

ruling semantic_cache::decide_verified(const question& asked, std::span<const near_entry> near, const rule& by,
                                       const lane_name& name) {
  ruling made;
  std::vector<neighbour> neighbours;
  neighbours.reserve(near.size());
  for (const near_entry& each : near) {
    neighbours.push_back(each.of);
  }
  std::vector<candidate> candidates = candidates_of(neighbours);
  if (!candidates.empty()) {
    const text_profile profile = profile_of(asked.text);
    std::erase_if(candidates, [&](candidate& each) {
      const difference between = compare(profile, profile_of(*entry_of(each, near).text));
      add_wording(each, wording_of(between));
      const std::uint32_t kinds = by.veto ? between.vetoes : 0;
      made.vetoed |= kinds;
      return kinds != 0;
    });
  }
  const std::lock_guard lock{mutex_};
  lane& at = lane_of(asked.lane, by, name);
  made.taken = at.decides.decide(
      candidates,
      [&](const candidate& each) {
        const near_entry& of = entry_of(each, near);
        return std::pair{of.own_shift, of.answer_shift};
      },
      std::uniform_real_distribution<double>{}(draws_));
  ++at.counts.requests;
  at.counts.vetoed += made.taken.candidates.empty() && made.vetoed != 0 ? 1U : 0U;
  at.counts.audits += made.taken.what == verdict::audit ? 1U : 0U;
  at.counts.explored += made.taken.what == verdict::explore && !made.taken.candidates.empty() ? 1U : 0U;
  if (made.taken.what == verdict::serve) {
    ++at.counts.hits;
    const weighed& best = made.taken.candidates.front();
    made.hit = served_by(entry_of(best.of, near), best.risk);
    if (entry* hit = entries_.find(best.of.entry)) {
      hit->used = true;
    }
  }
  return made;
}

lane& semantic_cache::lane_of(lane_id id, const rule& by, const lane_name& name) {
  auto at = lanes_.find(id);
  if (at == lanes_.end()) {
    if (lanes_.size() >= limits_.lanes_max) {
      lanes_.erase(std::min_element(lanes_.begin(), lanes_.end(),
                                    [](const auto& a, const auto& b) { return a.second->used < b.second->used; }));
    }
    at = lanes_.emplace(id, std::make_unique<lane>(by.error_max, name)).first;
  }
  lane& of = *at->second;
  of.used = ++uses_;
  const double error_max = by.kind == rule_kind::verified ? by.error_max : 0;
  if (of.counts.error_max != error_max) { // new, or the configuration has changed
    of.counts.error_max = error_max;
    of.decides.set_error_max(by.error_max);
  }
  return of;
}

entry_id semantic_cache::open(const question& asked, const cache::cache_key& running_key, bool streamed) {
  entry made{.scope = asked.scope,
             .key = {},
             .running_key = running_key,
             .pending = true,
             .streamed = streamed,
             .text = std::make_shared<const std::string>(asked.text),
             .own = {.seen = {}, .shift = k_new_entry}};
  return add(std::move(made), asked.vector);
}

entry_id semantic_cache::add(entry made, std::span<const float> vector) {
  vectors::vector_index* index = nullptr;
  entry_id id = 0;
  const vectors::scope_id scope = made.scope;
  {
    const std::lock_guard lock{mutex_};
    index = index_for(vector.size());
    if (index == nullptr) {
      return 0;
    }
    if (const entry_id there = made.pending ? 0 : entries_.by_key(made.key); there != 0) {
      return there;
    }
    const entry_id known = claimed(made);
    id = entries_.add(std::move(made), vector_bytes(vector.size()), known);
    make_room();
    if (entries_.full()) { // what is left is pending, and must not be taken from those who wait for it
      erase_locked(id);
      return 0;
    }
    if (entries_.find(id) == nullptr) {
      return 0;
    }
    if (known != 0) {
      return id;
    }
  }
  const bool inserted = index->insert(scope, id, vector).has_value();
  const std::lock_guard lock{mutex_};
  if (entries_.find(id) == nullptr) { // erased before its vector was there to be erased with it
    index->erase(scope, id);
    return 0;
  }
  if (!inserted) {
    erase_locked(id);
    return 0;
  }
  return id;
}

/// The index erases under its own locks, for a few microseconds; entries are few at a time.
void semantic_cache::make_room() {
  while (entries_.full()) {
    const entry_id oldest = entries_.victim();
    if (oldest == 0) {
      return;
    }
    erase_locked(oldest);
    ++evicted_;
  }
}

void semantic_cache::erase_locked(entry_id id) {
  if (const entry* gone = entries_.find(id)) {
    const vectors::scope_id scope = gone->scope;
    entries_.erase(id);
    index_->erase(scope, id);
  }
}

void semantic_cache::keep(entry_id id, const cache::cache_key& key) {
  const std::lock_guard lock{mutex_};
  if (entries_.find(id) == nullptr) {
    return;
  }
  if (const entry_id older = entries_.by_key(key); older != 0 && older != id) {
    erase_locked(older); // asked again because its answer had gone
  }
  entries_.keep(id, key);
}

void semantic_cache::drop(entry_id id) {
  const std::lock_guard lock{mutex_};
  erase_locked(id);
}

bool semantic_cache::drop_key(const cache::cache_key& key) {
  const std::lock_guard lock{mutex_};
  const entry_id id = entries_.by_key(key);
  erase_locked(id);
  return id != 0;
}

void semantic_cache::learn(lane_id id, const decision& taken, const weighed& about, bool right, entry_id fresh) {
  const std::lock_guard lock{mutex_};
  const auto at = lanes_.find(id);
  if (at == lanes_.end() || taken.candidates.empty()) {
    return;
  }
  lane& of = *at->second;
  (right ? of.counts.judged_right : of.counts.judged_wrong) += 1;
  entry* near = entries_.find(about.of.entry);
  proof gone{.seen = {}, .shift = k_new_entry}; // stands in for an entry that was erased meanwhile
  proof gone_answer{.seen = {}, .shift = k_new_answer};
  proof& own = near != nullptr ? near->own : gone;
  proof& answer = near != nullptr ? entries_.answer_of(*near) : gone_answer;
  of.decides.learn(taken, about, right, own.shift, answer.shift);
  of.taught = true;
  if (near != nullptr && own.seen.right + own.seen.wrong == 0) {
    of.remember(about.of.entry);
  }
  for (proof* each : {&own, &answer}) {
    (right ? each->seen.right : each->seen.wrong) += 1;
  }
  if (entry* made = entries_.find(fresh); right && near != nullptr && made != nullptr) {
    entries_.join(*made, *near);
  }
}

result<void> semantic_cache::restore(const kept_question& kept, std::span<const float> vector) {
  entry made{.scope = kept.scope,
             .key = kept.key,
             .running_key = {},
             .pending = false,
             .text = std::make_shared<const std::string>(kept.text),
             .own = {.seen = {}, .shift = k_new_entry}};
  if (add(std::move(made), vector) == 0) {
    return make_error(error_kind::unavailable, "no room for the entry, or its vector is none");
  }
  return {};
}

std::optional<cache::cache_key> semantic_cache::key_of(entry_id id) const {
  const std::lock_guard lock{mutex_};
  const entry* kept = entries_.find(id);
  return kept != nullptr && !kept->pending ? std::optional(kept->key) : std::nullopt;
}

void semantic_cache::resize(const semantic_limits& limits) {
  const std::lock_guard lock{mutex_};
  limits_ = limits;
  entries_.set_bytes_max(limits.bytes_max);
  make_room();
}

semantic_stats semantic_cache::stats() const {
  const std::lock_guard lock{mutex_};
  semantic_stats all{.entries = entries_.size(), .bytes = entries_.bytes(), .evicted = evicted_, .lanes = {}};
  for (const auto& [id, each] : lanes_) {
    all.lanes.push_back(each->counts);
    all.lanes.back().bound = each->counts.error_max > 0 ? each->decides.budget().bound() : 0;
  }
  std::sort(all.lanes.begin(), all.lanes.end(),
            [](const lane_stats& a, const lane_stats& b) { return a.requests > b.requests; });
  return all;
}

} // namespace inferenceflow::semantic
