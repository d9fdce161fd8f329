/// What the semantic cache is meant to reach, each with what was measured.
///
/// Role:      the end of the report.
/// Lifecycle: free functions over values.
/// Threading: one thread.
/// Bounds:    none.
#pragma once

#include "bench/semantic/replay.h"

#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::bench {

enum class outcome : std::uint8_t {
  met,
  missed,
  not_measured, ///< the folder has no set for it
};

struct claim {
  std::string text;
  outcome what = outcome::not_measured;
  std::string figures;
};

[[nodiscard]] std::string_view outcome_name(outcome what);

/// Of all fixed thresholds of `mode` ("static", "static+veto") the one that serves most with at most as many wrong
/// answers as `beside`, on the same set; null when none does.
[[nodiscard]] const replayed* best_fixed(const std::vector<replayed>& rows, const replayed& beside,
                                         std::string_view mode);

[[nodiscard]] std::vector<claim> claims_of(const std::vector<replayed>& rows);

} // namespace inferenceflow::bench
