/// What is replayed against the cache: requests in order of time, each with its key and its token counts.
///
/// Role:      mooncake_trace reads one, zipf_workload() makes one, replay() runs it.
/// Lifecycle: plain values.
/// Threading: values; no shared state.
/// Bounds:    whatever the file holds; the program is run by hand.
#pragma once

#include "cache/cache_key.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace inferenceflow::bench {

struct traced_request {
  cache::cache_key key;
  std::chrono::milliseconds at{0}; ///< since the first
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
};

struct workload {
  std::string name;
  bool synthetic = false;
  std::string source; ///< file, or the parameters of the generator
  std::vector<traced_request> requests;
};

/// Distinct keys among the requests.
[[nodiscard]] std::size_t distinct_keys(const workload& load);

/// Independent requests whose keys follow Zipf's law. Nothing in it was recorded.
/// @param seed  the same seed gives the same workload on every machine.
[[nodiscard]] workload zipf_workload(std::uint64_t seed);

} // namespace inferenceflow::bench
