/// Vectors of texts seen before, bounded in bytes; the one that was used longest ago goes first.
///
/// Role:      cached_embedder looks here before it asks the model.
/// Lifecycle: construct → find/store* → destroy.
/// Threading: thread-safe; sharded by key, one mutex per shard, never two at once.
/// Bounds:    bytes_max over all shards, each entry charged with its vector and k_entry_overhead_bytes.
#pragma once

#include "embedding/embedding.h"
#include "embedding/text_key.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <string_view>
#include <unordered_map>

namespace inferenceflow::embedding {

struct cache_stats {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t evicted = 0;
  std::size_t entries = 0;
  std::size_t bytes = 0;
};

class embedding_cache {
public:
  /// Node of the list, node and bucket of the map, control block of the vector, as jemalloc rounds them.
  static constexpr std::size_t k_entry_overhead_bytes = 192;
  static constexpr std::size_t k_shards = 16;

  /// @param bytes_max  0 keeps nothing.
  explicit embedding_cache(std::size_t bytes_max);

  /// @param space  a vector of another space is not found: the model behind a name was exchanged.
  /// @returns null when there is none. Lifetime: stays valid while held, evicted or not.
  [[nodiscard]] vector_ptr find(const text_key& key, std::string_view space);

  /// Keeps `vector`, replacing an older one, and evicts until it fits. One that is larger than a shard is not kept.
  void store(const text_key& key, vector_ptr vector);

  /// Applies a new bound at once.
  void resize(std::size_t bytes_max);

  [[nodiscard]] cache_stats stats() const;

private:
  struct entry {
    text_key key;
    vector_ptr vector;
  };
  struct alignas(64) shard {
    mutable std::mutex mutex;
    std::list<entry> order; ///< last used first
    std::unordered_map<text_key, std::list<entry>::iterator, text_key_hash> entries;
    std::size_t bytes_max = 0;
    cache_stats stats;
    void evict_until(std::size_t bytes);
    void drop(std::list<entry>::iterator which);
  };
  [[nodiscard]] shard& shard_of(const text_key& key) { return shards_[key.high % k_shards]; }

  std::array<shard, k_shards> shards_;
};

} // namespace inferenceflow::embedding
