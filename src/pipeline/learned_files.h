/// What was learned elsewhere and is read from files: routers and the trust in answers.
///
/// Role:      each configuration has one; route_choice and ladder look into it.
/// Lifecycle: read when a configuration is loaded, so at start and at each reload.
/// Threading: immutable, shared by all loops.
/// Bounds:    those of the files.
#pragma once

#include "escalation/risk_control.h"
#include "escalation/trust.h"
#include "quality/predictor.h"

#include <map>
#include <memory>
#include <string>

namespace inferenceflow::pipeline {

/// When a route's answers are trusted.
struct trust_model {
  escalation::trust how = escalation::trust::prior();
  double serve_below = escalation::k_serves_all; ///< P(wrong) from which on an answer is not served
  bool guaranteed = false;                       ///< `serve_below` keeps the route's risk_max; else it moves nothing
};

struct learned_files {
  std::map<std::string, std::shared_ptr<const quality::predictor>, std::less<>> routers = {}; ///< by path
  std::map<std::string, std::shared_ptr<const trust_model>, std::less<>> trusts = {};         ///< by route
};

} // namespace inferenceflow::pipeline
