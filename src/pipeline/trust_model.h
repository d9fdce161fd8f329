/// When a route's answers are trusted.
///
/// Role:      generations hold one per route that escalates; ladder asks it.
/// Lifecycle: made when a configuration is loaded.
/// Threading: immutable.
/// Bounds:    those of the trust file.
#pragma once

#include "escalation/risk_control.h"
#include "escalation/trust.h"

#include <map>
#include <memory>
#include <string>

namespace inferenceflow::pipeline {

struct trust_model {
  escalation::trust how = escalation::trust::prior();
  double serve_below = escalation::k_serves_all; ///< P(wrong) at which an answer is not served any more
  bool guaranteed = false;                       ///< `serve_below` keeps the route's risk_max; else it moves nothing
};

/// By public name of the route.
using trust_set = std::map<std::string, std::shared_ptr<const trust_model>, std::less<>>;

} // namespace inferenceflow::pipeline
