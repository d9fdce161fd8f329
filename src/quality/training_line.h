/// One line of a training file.
///
/// Role:      training_set reads every line with it.
/// Lifecycle: free function; the index is used again.
/// Threading: one thread per index.
/// Bounds:    k_line_bytes_max.
#pragma once

#include "quality/training_set.h"
#include "wire/json/token_index.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace inferenceflow::quality {

struct training_line {
  example row; ///< scores and output_tokens are empty; they stand below by name
  std::vector<std::pair<std::string, float>> scores;
  std::vector<std::pair<std::string, float>> output_tokens;
};

/// @returns what is wrong with the line, or nothing and `into` is filled.
[[nodiscard]] std::optional<std::string> read_training_line(std::string_view line, wire::json::token_index& index,
                                                            training_line& into);

} // namespace inferenceflow::quality
