/// What is on a model's file, to show it.
///
/// Role:      `inferenceflow models` lists and checks files with it.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    reads the file's header only.
#pragma once

#include "base/error.h"

#include <cstdint>
#include <string>

namespace inferenceflow::engine {

struct model_card {
  std::string architecture; ///< e.g. "llama", "bert"
  std::string quantisation; ///< e.g. "Q4_1"; empty when the file does not say
  std::uint64_t bytes = 0;
};

/// @returns invalid_request saying what is wrong with the file: missing, no GGUF, cut off.
[[nodiscard]] result<model_card> read_card(const std::string& path);

} // namespace inferenceflow::engine
