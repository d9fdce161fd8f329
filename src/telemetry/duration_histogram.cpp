#include "telemetry/duration_histogram.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace inferenceflow::telemetry {

void duration_histogram::observe(std::chrono::nanoseconds elapsed) noexcept {
  const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(elapsed.count(), 0));
  // A bound is inclusive, so a partial microsecond counts as a whole one.
  const auto us = ns / 1'000 + (ns % 1'000 != 0 ? 1U : 0U);
  const auto* bound = std::lower_bound(k_duration_bounds_us.begin(), k_duration_bounds_us.end(), us);
  counts_[static_cast<std::size_t>(bound - k_duration_bounds_us.begin())].fetch_add(1, std::memory_order_relaxed);
  sum_us_.fetch_add(ns / 1'000, std::memory_order_relaxed);
}

histogram_snapshot duration_histogram::snapshot() const noexcept {
  histogram_snapshot out;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    out.counts[i] = counts_[i].load(std::memory_order_relaxed);
  }
  out.sum_us = sum_us_.load(std::memory_order_relaxed);
  return out;
}

std::uint64_t histogram_snapshot::total() const {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

void histogram_snapshot::add(const histogram_snapshot& other) {
  for (std::size_t i = 0; i < counts.size(); ++i) {
    counts[i] += other.counts[i];
  }
  sum_us += other.sum_us;
}

double histogram_snapshot::quantile_ms(double q) const {
  const auto all = total();
  if (all == 0) {
    return 0;
  }
  const auto rank = std::clamp(q, 0.0, 1.0) * static_cast<double>(all);
  double below = 0;
  for (std::size_t i = 0; i < k_duration_bounds_us.size(); ++i) {
    const auto here = static_cast<double>(counts[i]);
    if (here > 0 && below + here >= rank) {
      const auto low = i == 0 ? 0.0 : static_cast<double>(k_duration_bounds_us[i - 1]);
      const auto high = static_cast<double>(k_duration_bounds_us[i]);
      return (low + (high - low) * (rank - below) / here) / 1'000.0;
    }
    below += here;
  }
  return static_cast<double>(k_duration_bounds_us.back()) / 1'000.0;
}

} // namespace inferenceflow::telemetry
