/// `inferenceflow replay`: what a log would have cost under other configurations.
///
/// Role:      main() adds it to its subcommands.
/// Lifecycle: called once, before the command line is parsed.
/// Threading: main thread.
/// Bounds:    none.
#pragma once

#include <CLI/App.hpp>
#include <functional>

namespace inferenceflow::app {

/// @param chosen  set, when the command line names it, to what does it and returns the exit status.
/// Lifetime: `chosen` outlives the parse.
void add_replay_command(CLI::App& cli, std::function<int()>& chosen);

} // namespace inferenceflow::app
