#include "cache/cache_stats.h"

namespace inferenceflow::cache {

void cache_stats::add(const cache_stats& other) {
  hits += other.hits;
  misses += other.misses;
  semantic_hits += other.semantic_hits;
  explored += other.explored;
  judged_right += other.judged_right;
  judged_wrong += other.judged_wrong;
  stored += other.stored;
  evicted += other.evicted;
  expired += other.expired;
  idle += other.idle;
  erased += other.erased;
  refused += other.refused;
  bytes += other.bytes;
  new_bytes += other.new_bytes;
  entries += other.entries;
  saved += other.saved;
}

} // namespace inferenceflow::cache
