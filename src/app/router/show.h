/// What was read, tried and chosen, as text for people.
///
/// Role:      both router commands print through it.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    none of its own.
#pragma once

#include "quality/router.h"
#include "quality/training_set.h"

#include <string>

namespace inferenceflow::app::router {

/// Lines, models, what was left out and why; ends with a line's end.
[[nodiscard]] std::string reading_text(const quality::training_set& read);

/// Models, candidates with their cross-validated scores, what was chosen; ends with a line's end.
[[nodiscard]] std::string router_text(const quality::router& made);

} // namespace inferenceflow::app::router
