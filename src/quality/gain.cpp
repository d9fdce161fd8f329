#include "quality/gain.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace inferenceflow::quality {

namespace {

struct difference {
  float predicted = 0;
  float observed = 0;
  std::uint32_t row = 0;
};

/// Adds (rank - 1/2) · observed difference of each row.
void add_pair(std::vector<difference>& rows, std::vector<double>& into) {
  std::sort(rows.begin(), rows.end(),
            [](const difference& a, const difference& b) { return a.predicted < b.predicted; });
  const auto count = static_cast<double>(rows.size());
  for (std::size_t begin = 0; begin < rows.size();) {
    std::size_t end = begin + 1;
    while (end < rows.size() && rows[end].predicted == rows[begin].predicted) {
      ++end;
    }
    const double rank = static_cast<double>(begin + end) / 2 / count - 0.5;
    for (; begin < end; ++begin) {
      into[rows[begin].row] += rank * static_cast<double>(rows[begin].observed);
    }
  }
}

} // namespace

gain pairwise_gain(std::span<const float> predicted, std::span<const float> scores, std::size_t models) {
  const std::size_t rows = models == 0 ? 0 : scores.size() / models;
  if (rows == 0 || models < 2) {
    return {};
  }
  std::vector<double> by_row(rows, 0);
  std::vector<difference> pair;
  for (std::size_t a = 0; a < models; ++a) {
    for (std::size_t b = a + 1; b < models; ++b) {
      pair.clear();
      for (std::size_t row = 0; row < rows; ++row) {
        const float observed = scores[row * models + a] - scores[row * models + b];
        if (std::isnan(observed)) {
          continue;
        }
        pair.push_back({.predicted = predicted[row * models + a] - predicted[row * models + b],
                        .observed = observed,
                        .row = static_cast<std::uint32_t>(row)});
      }
      add_pair(pair, by_row);
    }
  }
  const double pairs = static_cast<double>(models * (models - 1)) / 2;
  double sum = 0;
  double squares = 0;
  for (const double one : by_row) {
    sum += one / pairs;
    squares += one / pairs * one / pairs;
  }
  const auto count = static_cast<double>(rows);
  const double mean = sum / count;
  return {.mean = mean, .error = std::sqrt(std::max(0.0, squares / count - mean * mean) / count)};
}

double squared_error(std::span<const float> predicted, std::span<const float> scores) {
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (std::isnan(scores[i])) {
      continue;
    }
    const auto miss = static_cast<double>(predicted[i] - scores[i]);
    sum += miss * miss;
    ++count;
  }
  return count == 0 ? 0 : sum / static_cast<double>(count);
}

double best_quality(std::span<const float> predicted, std::span<const float> scores, std::size_t models) {
  const std::size_t rows = models == 0 ? 0 : scores.size() / models;
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    std::size_t best = models;
    for (std::size_t m = 0; m < models; ++m) {
      if (!std::isnan(scores[row * models + m]) &&
          (best == models || predicted[row * models + m] > predicted[row * models + best])) {
        best = m;
      }
    }
    if (best == models) {
      continue;
    }
    sum += static_cast<double>(scores[row * models + best]);
    ++count;
  }
  return count == 0 ? 0 : sum / static_cast<double>(count);
}

} // namespace inferenceflow::quality
