#include "embedding/embedding_cache.h"

#include <utility>

namespace inferenceflow::embedding {
namespace {

std::size_t charge_of(const text_vector& vector) {
  return vector.charged_bytes() + embedding_cache::k_entry_overhead_bytes;
}

} // namespace

embedding_cache::embedding_cache(std::size_t bytes_max) {
  resize(bytes_max);
}

void embedding_cache::shard::drop(std::list<entry>::iterator which) {
  stats.bytes -= charge_of(*which->vector);
  entries.erase(which->key);
  order.erase(which);
}

void embedding_cache::shard::evict_until(std::size_t bytes) {
  while (stats.bytes > bytes) {
    drop(std::prev(order.end()));
    ++stats.evicted;
  }
}

vector_ptr embedding_cache::find(const text_key& key, std::string_view space) {
  auto& home = shard_of(key);
  const std::lock_guard lock(home.mutex);
  const auto found = home.entries.find(key);
  if (found == home.entries.end() || found->second->vector->space != space) {
    ++home.stats.misses;
    return nullptr;
  }
  ++home.stats.hits;
  home.order.splice(home.order.begin(), home.order, found->second);
  return found->second->vector;
}

void embedding_cache::store(const text_key& key, vector_ptr vector) {
  auto& home = shard_of(key);
  const std::size_t charge = charge_of(*vector);
  const std::lock_guard lock(home.mutex);
  if (const auto older = home.entries.find(key); older != home.entries.end()) {
    home.drop(older->second);
  }
  if (charge > home.bytes_max) {
    return;
  }
  home.evict_until(home.bytes_max - charge);
  home.order.push_front({key, std::move(vector)});
  home.entries.emplace(key, home.order.begin());
  home.stats.bytes += charge;
}

void embedding_cache::resize(std::size_t bytes_max) {
  for (auto& one : shards_) {
    const std::lock_guard lock(one.mutex);
    one.bytes_max = bytes_max / k_shards;
    one.evict_until(one.bytes_max);
  }
}

cache_stats embedding_cache::stats() const {
  cache_stats sum;
  for (const auto& one : shards_) {
    const std::lock_guard lock(one.mutex);
    sum.hits += one.stats.hits;
    sum.misses += one.stats.misses;
    sum.evicted += one.stats.evicted;
    sum.bytes += one.stats.bytes;
    sum.entries += one.entries.size();
  }
  return sum;
}

} // namespace inferenceflow::embedding
