/// The backends of one event loop under one configuration.
///
/// Role:      pipeline/ takes the provider of a route from it.
/// Lifecycle: built per loop at start and at each reload; requests in flight keep theirs alive.
/// Threading: one event loop.
/// Bounds:    as many as the configuration names.
#pragma once

#include "providers/provider.h"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace inferenceflow::providers {

struct provider_set {
  std::shared_ptr<provider> local;                  ///< null when the local engine is switched off
  std::vector<std::shared_ptr<provider>> upstreams; ///< by index of settings.providers; null when disabled
};

} // namespace inferenceflow::providers
