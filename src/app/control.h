/// Signals of the process.
///
/// Role:      `inferenceflow serve` waits here.
/// Lifecycle: block_signals() before any thread starts, then wait_for_signals().
/// Threading: main thread.
/// Bounds:    none.
/// Source:    signal(7), sigwaitinfo(2).
#pragma once

#include <functional>

namespace inferenceflow::app {

/// Blocks SIGTERM, SIGINT and SIGHUP in this thread and those it starts; ignores SIGPIPE.
void block_signals();

/// Runs `reload` at each SIGHUP; returns at SIGTERM or SIGINT. A second one of these ends the process at once.
void wait_for_signals(const std::function<void()>& reload);

} // namespace inferenceflow::app
