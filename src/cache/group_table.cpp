#include "cache/group_table.h"

#include <algorithm>
#include <map>
#include <utility>

namespace inferenceflow::cache {

namespace {

constexpr std::string_view k_other = "other";

bool is_used(const cache_group_stats& group) {
  return (group.hits | group.misses | group.explored | group.judged_right | group.judged_wrong | group.entries) != 0;
}

} // namespace

void cache_group_stats::add(const cache_group_stats& other) {
  hits += other.hits;
  misses += other.misses;
  semantic_hits += other.semantic_hits;
  explored += other.explored;
  judged_right += other.judged_right;
  judged_wrong += other.judged_wrong;
  entries += other.entries;
  bytes += other.bytes;
  saved += other.saved;
}

group_table::group_table() {
  groups_.emplace_back();
  groups_.front().name = k_other;
  index_.emplace(k_other, 0);
}

std::uint32_t group_table::join(std::string_view name, std::size_t bytes) {
  const std::uint32_t group = index_of(name.substr(0, k_group_name_bytes_max));
  ++groups_[group].entries;
  groups_[group].bytes += bytes;
  return group;
}

void group_table::leave(std::uint32_t group, std::size_t bytes) {
  --groups_[group].entries;
  groups_[group].bytes -= bytes;
}

void group_table::count(std::string_view name, cache_event event) {
  if (name.empty()) {
    return;
  }
  cache_group_stats& group = groups_[index_of(name.substr(0, k_group_name_bytes_max))];
  switch (event) {
  case cache_event::miss: ++group.misses; break;
  case cache_event::explored: ++group.explored; break;
  case cache_event::judged_right: ++group.judged_right; break;
  case cache_event::judged_wrong: ++group.judged_wrong; break;
  }
}

std::uint32_t group_table::index_of(std::string_view name) {
  if (const auto known = index_.find(name); known != index_.end()) {
    return known->second;
  }
  std::string owned{name};
  std::size_t place = groups_.size();
  if (place < k_groups_max) {
    groups_.emplace_back();
  } else {
    const auto idle = std::find_if(groups_.begin() + 1, groups_.end(), [](const auto& g) { return g.entries == 0; });
    if (idle == groups_.end()) {
      return 0;
    }
    place = static_cast<std::size_t>(idle - groups_.begin());
    groups_.front().add(*idle);
    index_.erase(idle->name);
    *idle = cache_group_stats{};
  }
  groups_[place].name = owned;
  index_.emplace(std::move(owned), static_cast<std::uint32_t>(place));
  return static_cast<std::uint32_t>(place);
}

std::vector<cache_group_stats> merge_groups(const std::vector<cache_group_stats>& all) {
  std::map<std::string_view, cache_group_stats> by_name;
  for (const auto& group : all) {
    by_name[group.name].add(group);
  }
  cache_group_stats rest;
  std::vector<cache_group_stats> merged;
  for (auto& [name, sums] : by_name) {
    if (name == k_other) {
      rest.add(sums);
    } else if (is_used(sums)) {
      sums.name = name;
      merged.push_back(std::move(sums));
    }
  }
  std::stable_sort(merged.begin(), merged.end(), [](const auto& a, const auto& b) { return a.saved > b.saved; });
  while (merged.size() >= k_groups_max) {
    rest.add(merged.back());
    merged.pop_back();
  }
  if (is_used(rest)) {
    rest.name = k_other;
    merged.push_back(std::move(rest));
  }
  return merged;
}

} // namespace inferenceflow::cache
