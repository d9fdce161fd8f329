/// `inferenceflow router …`: what works on the model of quality that routes choose by.
///
/// Role:      main() adds it to its subcommands.
/// Lifecycle: called once, before the command line is parsed.
/// Threading: main thread.
/// Bounds:    none.
#pragma once

#include "dialogue/codec_set.h"

#include <CLI/App.hpp>
#include <functional>
#include <memory>

namespace inferenceflow::app {

/// @param chosen  set, when the command line names one of them, to what does it and returns the exit status.
/// @param make_codecs  called when one of them needs to read requests.
/// Lifetime: `chosen` outlives the parse.
void add_router_commands(CLI::App& cli, std::function<int()>& chosen,
                         std::function<std::unique_ptr<const dialogue::codec_set>()> make_codecs);

} // namespace inferenceflow::app
