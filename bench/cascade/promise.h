/// How often a promised risk is kept when labels and later requests are drawn again and again.
///
/// Role:      main runs it per set that has labels enough.
/// Lifecycle: one call.
/// Threading: one thread.
/// Bounds:    k_resplits thresholds per row.
#pragma once

#include "bench/cascade/recorded.h"

#include <cstdint>
#include <string>
#include <vector>

namespace inferenceflow::bench {

inline constexpr std::size_t k_resplits = 200;

struct promise {
  double alpha = 0;
  double confidence = 0;  ///< 0: the expectation only
  std::size_t labels = 0; ///< per calibration
  double kept = 0;        ///< share of resplits whose risk on the other half is at most alpha
  double risk = 0;        ///< mean over resplits
  double served = 0;      ///< by the cheap service, mean over resplits
  std::string fault = {}; ///< why there is no threshold; empty = there is
};

/// The cheap service of the last simple chain before the best one. P(wrong) is learned from a third of the questions,
/// the rest is halved k_resplits times. @param seed  of the halves.
[[nodiscard]] std::vector<promise> promises_of(const recorded_set& set, std::size_t cheap, std::uint64_t seed);

} // namespace inferenceflow::bench
