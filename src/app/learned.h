/// Reads the router and trust files that a configuration names.
///
/// Role:      application reads them before a configuration is adopted.
/// Lifecycle: free function.
/// Threading: any thread.
/// Bounds:    those of the files.
#pragma once

#include "base/error.h"
#include "config/settings.h"
#include "pipeline/learned_files.h"

#include <memory>

namespace inferenceflow::app {

/// Each file once, however many routes name it. From the calibration beside a trust file (the same name with
/// ".calibration") comes the threshold that keeps the route's risk_max; a trust file without one is refused.
/// @returns what cannot be read and why, naming the key; nothing is used of a configuration that names such a file.
[[nodiscard]] result<std::shared_ptr<const pipeline::learned_files>> read_learned(const config::settings& settings);

} // namespace inferenceflow::app
