// What lanes have learned, given away and taken back.
#include "semantic/semantic_cache.h"

#include <boost/unordered/unordered_flat_map.hpp>

namespace inferenceflow::semantic {

std::vector<lane_memory> semantic_cache::take_learned() {
  std::vector<lane_memory> all;
  const std::lock_guard lock{mutex_};
  for (auto& [id, of] : lanes_) {
    if (std::exchange(of->taught, false)) {
      all.push_back(memory_of(id, *of));
    }
  }
  return all;
}

lane_memory semantic_cache::memory_of(lane_id id, lane& of) const {
  lane_memory memory{.id = id,
                     .name = of.counts.name,
                     .error_max = of.decides.budget().error_max(),
                     .weights = of.decides.beliefs().weights(),
                     .covariance = of.decides.beliefs().covariance(),
                     .levels = of.decides.table().content(),
                     .budget = of.decides.budget().state(),
                     .judged = {}};
  std::erase_if(of.judged, [this](entry_id each) { return entries_.find(each) == nullptr; });
  boost::unordered_flat_map<std::uint64_t, cache::cache_key> first_of_answer;
  for (const entry_id each : of.judged) {
    const entry& kept = *entries_.find(each);
    if (!kept.pending) {
      memory.judged.push_back({.key = kept.key,
                               .same_as = first_of_answer.emplace(kept.answer, kept.key).first->second,
                               .own = kept.own,
                               .answer = entries_.answer_of(kept)});
    }
  }
  return memory;
}

bool semantic_cache::relearn(const lane_memory& memory) {
  belief beliefs;
  risk_table table;
  if (!(memory.error_max > 0 && memory.error_max <= 0.5) || !beliefs.restore(memory.weights, memory.covariance) ||
      !table.restore(memory.levels)) {
    return false;
  }
  const std::lock_guard lock{mutex_};
  if (const auto there = lanes_.find(memory.id);
      there != lanes_.end() && there->second->counts.judged_right + there->second->counts.judged_wrong != 0) {
    return false;
  }
  lane& of = lane_of(memory.id, {.kind = rule_kind::verified, .error_max = memory.error_max}, memory.name);
  // What was earned and not spent is not inherited: several processes may start from one memory.
  budget_state budget = memory.budget;
  budget.requests = budget.served = 0;
  budget.spent = 0;
  if (memory.budget.served > memory.budget.requests || !of.decides.restore(beliefs, table, budget)) {
    return false;
  }
  for (const judged_entry& each : memory.judged) {
    entry* kept = entries_.find(entries_.by_key(each.key));
    if (kept == nullptr || kept->own.seen.right + kept->own.seen.wrong != 0) {
      continue;
    }
    kept->own = each.own;
    const entry* same = entries_.find(entries_.by_key(each.same_as));
    if (same != nullptr && same != kept) {
      entries_.join(*kept, *same);
    } else {
      entries_.answer_of(*kept) = each.answer;
    }
    of.remember(entries_.by_key(each.key));
  }
  return true;
}

} // namespace inferenceflow::semantic
