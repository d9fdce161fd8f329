/// Figures of an outcome with their intervals, the table, the JSON report and the curves.
///
/// Role:      main ends with it.
/// Lifecycle: free functions over values.
/// Threading: one thread.
/// Bounds:    k_rounds resamples per figure.
#pragma once

#include "base/error.h"
#include "bench/cascade/folds.h"
#include "bench/cascade/promise.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace inferenceflow::bench {

inline constexpr std::size_t k_rounds = 400;

struct figure {
  std::string set = {};
  std::string method = {};
  std::string metric = {};
  std::optional<double> value = {}; ///< absent: not reached
  std::optional<std::pair<double, double>> ci95 = {};
};

struct curve {
  std::string set = {};
  std::string method = {};
  std::vector<std::pair<double, double>> points = {}; ///< cost relative to the best service, accuracy
};

/// Cost at the best service's accuracy between the two dials that enclose it; cost and accuracy of the even dial; the
/// calibration error of P(wrong); what is lost against the oracle.
[[nodiscard]] std::vector<figure> figures_of(const recorded_set& set, const outcome& seen, std::uint64_t seed);
[[nodiscard]] std::vector<figure> figures_of(const recorded_set& set, const std::vector<promise>& promises);
[[nodiscard]] curve curve_of(const recorded_set& set, const outcome& seen);

void print_table(const std::vector<figure>& rows);

/// `[{set, method, metric, value, ci95}, …]`; value and ci95 are null where there is none.
[[nodiscard]] result<void> write_figures(const std::vector<figure>& rows, const std::string& path);
/// `[{set, method, points: [[cost, quality], …]}, …]`
[[nodiscard]] result<void> write_curves(const std::vector<curve>& rows, const std::string& path);
/// The same for gnuplot: a block `# set | method` of lines `cost quality`; blanks in names of sets are underscores.
[[nodiscard]] result<void> write_plot_data(const std::vector<curve>& rows, const std::string& path);

} // namespace inferenceflow::bench
