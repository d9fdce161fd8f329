/// A line as somebody sees it who chooses among its targets, and the line in the order that was chosen.
///
/// Role:      the pipeline asks before it chooses, and follows the ordered line.
/// Lifecycle: free functions.
/// Threading: healthy_targets() takes the switchboard's mutex; ordered() reads what is immutable.
/// Bounds:    those of the line.
#pragma once

#include "base/clock.h"
#include "dispatch/line.h"
#include "dispatch/switchboard.h"

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace inferenceflow::dispatch {

/// By candidate: no open breaker, no sick backend, a key that is good, no pause that it asked for. When none is well,
/// all count as well that no breaker stops: the judgement is more likely wrong than all of them are dead.
[[nodiscard]] std::vector<bool> healthy_targets(switchboard& board, const line& along, steady_time now);

/// The same machines in another order, each target alone, some left out.
/// @param order  indices into along.routes, each at most once.
[[nodiscard]] std::shared_ptr<line> ordered(const line& along, std::span<const std::size_t> order);

} // namespace inferenceflow::dispatch
