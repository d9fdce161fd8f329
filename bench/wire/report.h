/// The table for people and the JSON file for machines.
///
/// Role:      main calls both at the end.
/// Lifecycle: free functions.
/// Threading: single-threaded.
/// Bounds:    the table prints k_failures_shown failures a check; the file holds all.
#pragma once

#include "base/error.h"
#include "bench/wire/recording.h"
#include "bench/wire/tally.h"

#include <cstdint>
#include <string>

namespace inferenceflow::bench {

inline constexpr int k_failures_shown = 5;

struct run_facts {
  std::string side; ///< dev or heldout, as the caller says
  std::uint64_t seed = 0;
  double seconds = 0;
};

void print_report(const recordings& data, const tally& counted, const run_facts& facts);

/// @returns unavailable when the file cannot be written.
[[nodiscard]] result<void> write_report(const std::string& file, const recordings& data, const tally& counted,
                                        const run_facts& facts);

} // namespace inferenceflow::bench
