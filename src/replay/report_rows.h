/// A replay's figures as rows of words, the same in every report.
///
/// Role:      report_text and report_html lay them out.
/// Lifecycle: pure functions.
/// Threading: reentrant.
/// Bounds:    a row per lever and per kind of gap.
#pragma once

#include "replay/replay.h"

#include <string>
#include <vector>

namespace inferenceflow::replay {

/// A name, and one cell per configuration.
struct report_row {
  std::string name;
  std::vector<std::string> cells = {};
  bool strong = false; ///< a sum
};

/// "$12.34", more decimals for small amounts.
[[nodiscard]] std::string usd_text(money amount);
/// "12.3 %".
[[nodiscard]] std::string percent_text(double share);

/// Direct cost, each lever, cost, saved share with its interval, calls.
[[nodiscard]] std::vector<report_row> cost_rows(const replayed& of);
/// What could not be judged, by configuration; only what occurs.
[[nodiscard]] std::vector<report_row> gap_rows(const replayed& of);
/// What was left out of the log, and why; only what occurs.
[[nodiscard]] std::vector<std::string> skip_lines(const replayed& of);
/// What the figures rest on: prices against the log's own, expected quality, comparisons.
[[nodiscard]] std::vector<std::string> note_lines(const replayed& of);

} // namespace inferenceflow::replay
