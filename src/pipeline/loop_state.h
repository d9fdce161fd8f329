/// What the requests of one event loop take turns with.
///
/// Role:      pipeline holds one; the stages that look at a body a second time, or derive a tenant's secret, use it.
/// Lifecycle: as the pipeline.
/// Threading: one event loop; nothing in it may be held across a suspension.
/// Bounds:    k_judging_max comparisons at once.
#pragma once

#include "cache/tenant_secret.h"
#include "resilience/random_stream.h"
#include "wire/openai/request_scan.h"

#include <cstddef>

namespace inferenceflow::pipeline {

/// Comparisons beyond it are left out: what is not judged is not learned from, and nothing else is lost.
inline constexpr std::size_t k_judging_max = 32;

struct loop_state {
  wire::openai::request_scanner scanner;
  cache::tenant_secrets secrets;
  resilience::random_stream random; ///< which requests are shared with another choice, or explore
  bool told_of_space = false;       ///< the log knows that a router wants another embedder's vectors
  std::size_t judging = 0;          ///< comparisons that run
};

} // namespace inferenceflow::pipeline
