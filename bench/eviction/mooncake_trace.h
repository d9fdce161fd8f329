/// Reads request traces in Mooncake's format: one JSON object a line with the hashes of the prompt's 512-token blocks.
///
/// Role:      gives bench_eviction its recorded workloads.
/// Lifecycle: one call per file.
/// Threading: no shared state.
/// Bounds:    the file's size; lines longer than k_line_bytes_max are refused.
/// Source:    Qin et al., "Mooncake", FAST 2025; traces: github.com/kvcache-ai/Mooncake, FAST25-release/traces.
#pragma once

#include "base/error.h"
#include "bench/eviction/workload.h"

#include <cstddef>
#include <string>

namespace inferenceflow::bench {

inline constexpr std::size_t k_line_bytes_max = 1U << 20U;

/// @param file  .jsonl or .jsonl.gz
/// The key of a request is the hash of its complete blocks, the last, incomplete one left out; with fewer than two
/// complete blocks, of all blocks and the prompt's length. The recording has hashes only, so whether two prompts that
/// agree in all complete blocks agree in the rest as well cannot be known: taking them as equal gives the most repeats
/// that it can hold, which is what a comparison of eviction policies needs.
/// @returns invalid_request naming file and line.
[[nodiscard]] result<workload> read_mooncake_trace(const std::string& file, const std::string& name);

} // namespace inferenceflow::bench
