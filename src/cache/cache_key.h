/// Names one request and the scope that may share its answer.
///
/// Role:      key of exact_cache and inflight_table.
/// Lifecycle: plain value.
/// Threading: value; no shared state.
/// Bounds:    16 bytes. Two requests collide with probability 2⁻¹²⁸ if the hash is good: wire/ answers for that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace inferenceflow::cache {

/// 128-bit hash of tenant scope and canonical request.
struct cache_key {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend bool operator==(const cache_key&, const cache_key&) = default;
};

/// The key is a hash already: its low half finds the bucket, its high half the shard.
struct cache_key_hash {
  [[nodiscard]] std::size_t operator()(const cache_key& key) const noexcept { return key.low; }
};

/// 32 lower-case hex digits.
[[nodiscard]] std::string to_hex(const cache_key& key);

} // namespace inferenceflow::cache
