/// Why a name cannot be answered, before anybody is asked.
///
/// Role:      the stages that look a model up, for a call or for a decision alone.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    none.
#pragma once

#include "base/error.h"
#include "config/settings.h"
#include "routing/route_table.h"

#include <string_view>

namespace inferenceflow::pipeline {

/// @returns model_not_found (param "model").
[[nodiscard]] error unknown_model(std::string_view model);

/// Of a route none of whose targets is switched on. @returns unavailable.
[[nodiscard]] error switched_off(const routing::route& route, const config::settings& settings);

} // namespace inferenceflow::pipeline
