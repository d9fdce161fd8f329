/// The vector index on disk, with the key of the answer that each of its ids stands for.
///
/// Role:      semantic_cache saves its index through these and begins with it, so that a restart need not build the
///            graphs again.
/// Lifecycle: free functions.
/// Threading: reentrant; one write to a path at a time.
/// Bounds:    a keys file with more rows than k_kept_ids_max is refused; the index bounds itself.
///
/// Two files: `path` holds the keys and names the other, `path`.<stamp>, which is in place before and holds the
/// vectors. A crash at any moment leaves the older pair, or the newer one.
#pragma once

#include "base/error.h"
#include "cache/cache_key.h"
#include "vectors/vector_index.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace inferenceflow::semantic {

inline constexpr std::size_t k_kept_ids_max = std::size_t{1} << 24U;

struct kept_id {
  std::uint64_t id = 0;
  cache::cache_key key;
};

struct kept_index {
  std::unique_ptr<vectors::vector_index> vectors;
  std::vector<kept_id> ids; ///< some of them may not be in `vectors`, and the other way round
};

/// Replaces what is there, and removes the vectors that belonged to it. Blocks on the disk.
/// @param stamp  another one than last time; the caller's draw.
/// @returns error::unavailable  the files cannot be written; the older ones are still whole
[[nodiscard]] result<void> write_index(const std::string& path, const vectors::vector_index& vectors,
                                       std::span<const kept_id> ids, std::uint64_t stamp);

/// Blocks on the disk.
/// @returns error::not_found        there is none
/// @returns error::unavailable      it cannot be read
/// @returns error::invalid_request  of another version or machine, truncated or corrupt
[[nodiscard]] result<kept_index> read_index(const std::string& path);

} // namespace inferenceflow::semantic
