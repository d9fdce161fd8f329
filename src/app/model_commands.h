/// `inferenceflow models …`: the model files of this machine.
///
/// Role:      main() adds it to its subcommands.
/// Lifecycle: called once, before the command line is parsed.
/// Threading: main thread.
/// Bounds:    none.
#pragma once

#include <CLI/App.hpp>
#include <functional>

namespace inferenceflow::app {

/// @param chosen  set, when the command line names one of them, to what does it and returns the exit status.
/// Lifetime: `chosen` outlives the parse.
void add_model_commands(CLI::App& cli, std::function<int()>& chosen);

} // namespace inferenceflow::app
