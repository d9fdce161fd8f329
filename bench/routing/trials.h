/// Cross-validation of whole trainings: what each method says of rows that it has not seen in any way.
///
/// Role:      main asks once per set.
/// Lifecycle: one call.
/// Threading: the folds run on as many threads as asked for.
/// Bounds:    k_outer_folds trainings per method.
#pragma once

#include "bench/routing/routing_set.h"
#include "quality/trainer.h"

#include <cstdint>
#include <string>
#include <vector>

namespace inferenceflow::bench {

inline constexpr std::size_t k_outer_folds = 5;

struct method_predictions {
  std::string method;
  bool calibrated = true;       ///< expectations, not only an order
  std::vector<float> predicted; ///< [rows, models]
};

/// random, best single, kNN alone, linear alone, and the router without and with vectors.
[[nodiscard]] result<std::vector<method_predictions>>
predict_out_of_fold(const routing_set& set, const quality::training_options& options, std::size_t threads);

} // namespace inferenceflow::bench
