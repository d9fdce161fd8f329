/// What predictions are worth on a set: areas, points of the curve of cost against quality, calibration.
///
/// Role:      main asks for each method.
/// Lifecycle: construct with predictions → values.
/// Threading: none.
/// Bounds:    k_steps trade-offs, k_rounds resamples.
/// Source:    PGR, APGR, CPT: Ong et al., "RouteLLM", arXiv 2406.18665, §2.2; as routellm/evals/evaluate.py draws them:
/// ten equal
///            steps of the strong model's share, trapezoids between.
#pragma once

#include "bench/routing/routing_set.h"
#include "statistics/bootstrap.h"

#include <cstdint>
#include <string>
#include <vector>

namespace inferenceflow::bench {

inline constexpr std::size_t k_steps = 96;
inline constexpr std::size_t k_rounds = 1000;

/// One figure with its interval. @param ci95  low = high where it has none.
struct measured {
  std::string metric;
  double value = 0;
  statistics::interval ci95;
};

/// One point of a curve.
struct curve_point {
  double cost = 0; ///< as a share of always the strong, or of always the best single one
  double quality = 0;
};

struct method_result {
  std::string method;
  std::vector<measured> figures;
  std::vector<curve_point> curve;
};

/// @param predicted  [rows, models]. @param exact  false leaves calibration out: the predictions are no expectations.
[[nodiscard]] method_result measure(const routing_set& set, std::string method, const std::vector<float>& predicted,
                                    bool calibrated, std::uint64_t seed);

} // namespace inferenceflow::bench
