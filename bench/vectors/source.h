/// Vectors to measure with: made up in clusters, or read from a file of real embeddings.
#pragma once

#include "base/error.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace inferenceflow::bench {

struct vector_source {
  std::string name; ///< what these are, for the report
  std::vector<std::vector<float>> stored;
  std::vector<std::vector<float>> queries; ///< none of them is stored
};

/// Clusters of 50 members about 0.6 similar to one another; half the queries are members, half lie 0.9 near a stored
/// one.
[[nodiscard]] vector_source make_clustered(std::size_t dimension, std::size_t count, std::size_t queries,
                                           std::uint64_t seed);

/// @param file  NumPy's .npy (little-endian float32, C order, two dimensions, no zero rows); mixed by `seed`.
/// @returns error::invalid_request  not such a file; error::not_found
[[nodiscard]] result<vector_source> read_npy(const std::string& file, std::size_t queries, std::uint64_t seed);

} // namespace inferenceflow::bench
