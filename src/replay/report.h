/// A replay's figures for people at a terminal, for programs, and for a browser.
///
/// Role:      `inferenceflow replay` prints the first and writes the others where asked.
/// Lifecycle: pure functions: the same figures give the same bytes.
/// Threading: reentrant.
/// Bounds:    a few hundred KiB: k_blocks_max points per curve.
#pragma once

#include "replay/replay.h"

#include <string>

namespace inferenceflow::replay {

/// A table, configurations side by side, and what could not be judged.
[[nodiscard]] std::string report_text(const replayed& of);

/// Money in nano-dollars and dollars; times in Unix milliseconds.
[[nodiscard]] std::string report_json(const replayed& of);

/// One page without any other file: tables, and plots as SVG. Readable on a phone and in dark mode.
[[nodiscard]] std::string report_html(const replayed& of);

} // namespace inferenceflow::replay
