/// Recorded prompts with every model's score, as training rows with prices.
///
/// Role:      main reads one per file of routing/.
/// Lifecycle: read_set() → value.
/// Threading: none.
/// Bounds:    k_set_bytes_max per file, unpacked.
#pragma once

#include "base/error.h"
#include "quality/training_set.h"

#include <cstddef>
#include <string>
#include <vector>

namespace inferenceflow::bench {

inline constexpr std::size_t k_set_bytes_max = std::size_t{1} << 28U;

struct routing_set {
  std::string name;
  quality::training_set rows;
  bool pair = false; ///< two models: `weak` and `strong` are their places
  std::size_t weak = 0;
  std::size_t strong = 1;
  std::vector<double> prices; ///< [models], USD per token; of a pair: 0 and 1
};

/// The names read_set() takes.
[[nodiscard]] const std::vector<std::string>& set_names();

/// @param folder  holds NAME.jsonl.gz. Contaminated rows are left out.
/// @returns not_found  no such file; invalid_request  not of the expected form
[[nodiscard]] result<routing_set> read_set(const std::string& folder, const std::string& name);

} // namespace inferenceflow::bench
