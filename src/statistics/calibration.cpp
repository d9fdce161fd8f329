#include "statistics/calibration.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace inferenceflow::statistics {

double calibration_error(std::span<const double> predicted, std::span<const double> observed, std::size_t bins) {
  const std::size_t rows = std::min(predicted.size(), observed.size());
  if (rows == 0) {
    return 0;
  }
  std::vector<std::size_t> order(rows);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return predicted[a] < predicted[b]; });
  bins = std::clamp<std::size_t>(bins, 1, rows);
  double distance = 0;
  for (std::size_t bin = 0; bin < bins; ++bin) {
    double difference = 0;
    for (std::size_t i = bin * rows / bins; i < (bin + 1) * rows / bins; ++i) {
      difference += predicted[order[i]] - observed[order[i]];
    }
    distance += std::abs(difference);
  }
  return distance / static_cast<double>(rows);
}

} // namespace inferenceflow::statistics
