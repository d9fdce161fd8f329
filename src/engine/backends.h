/// Loads the compute backends (shared libraries beside libggml), once, when the first model needs them.
///
/// Role:      loaded_model calls it before it opens a file, so a process without a model never pays for them.
/// Lifecycle: for the rest of the process; ggml keeps them.
/// Threading: thread-safe.
/// Bounds:    none.
#pragma once

#include "base/error.h"

namespace inferenceflow::engine {

/// @returns unavailable when no CPU backend could be loaded.
[[nodiscard]] result<void> load_backends();

} // namespace inferenceflow::engine
