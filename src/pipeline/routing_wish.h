/// What a request asks of the choice of its model.
///
/// Role:      api/ reads it from headers and from POST /infer; the choice keeps to it.
/// Lifecycle: part of a request.
/// Threading: value.
/// Bounds:    those of a request's head.
#pragma once

#include "base/money.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace inferenceflow::pipeline {

struct routing_wish {
  std::optional<money> budget = {};                          ///< for the whole request, escalations included
  std::optional<std::chrono::milliseconds> latency_slo = {}; ///< until the whole answer is there
  std::optional<double> min_confidence = {};                 ///< [0, 1]: answers below it escalate
  bool tell_confidence = false;                              ///< although nothing depends on it
  std::vector<std::string> models = {};                      ///< only these, "model" or "provider/model"; empty = all
  std::vector<std::string> tags = {};                        ///< all of which the model must have

  /// Whether answers that were given to others may not do: another model's, or one that is trusted less.
  [[nodiscard]] bool narrows() const noexcept { return min_confidence || !models.empty() || !tags.empty(); }
};

} // namespace inferenceflow::pipeline
