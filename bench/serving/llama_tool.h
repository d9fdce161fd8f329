/// llama.cpp's own llama-batched-bench, run as a program.
///
/// Role:      what measure_throughput compares the engine with.
/// Lifecycle: free function.
/// Threading: blocks until the program has ended.
/// Bounds:    none.
/// Source:    tools/batched-bench of the pinned release; scripts/llama_bench_tool.sh builds it.
#pragma once

#include "base/error.h"

#include <cstdint>
#include <string>

namespace inferenceflow::bench {

struct tool_run {
  std::string model = {};
  std::uint32_t threads = 1;
  std::uint32_t concurrency = 1;
  std::uint32_t repeats = 1;
  std::uint32_t prompt_tokens = 0;
  std::uint32_t decoded_tokens = 0; ///< per sequence, after the prompt
  bool unified_cells = false;       ///< all sequences in one pool of KV cells, as ours have to be
};

/// @returns seconds of all repeats, prompts included, the loading of the model not.
[[nodiscard]] result<double> run_llama_tool(const std::string& path, const tool_run& wanted);

} // namespace inferenceflow::bench
