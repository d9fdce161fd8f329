/// The plots of a replay as SVG, drawn with the page's own colours.
///
/// Role:      report_html puts them into its page.
/// Lifecycle: pure functions.
/// Threading: reentrant.
/// Bounds:    k_blocks_max points per curve.
/// Source:    SVG 1.1; colours are CSS variables of the page, so that dark mode changes them.
#pragma once

#include "replay/replay.h"

#include <string>
#include <string_view>

namespace inferenceflow::replay {

/// Text between tags or within quotes: nothing of a log or a configuration is markup.
[[nodiscard]] std::string escaped(std::string_view text);

/// One bar per configuration: its cost, then what each lever saved, up to the direct cost.
[[nodiscard]] std::string lever_bars(const replayed& of);

/// Cost added up over the log: direct, and under each configuration.
[[nodiscard]] std::string cost_curves(const replayed& of);

} // namespace inferenceflow::replay
