#include "statistics/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <random>

namespace inferenceflow::statistics {

double quantile(std::span<const double> sorted, double part) {
  const double place = std::clamp(part, 0.0, 1.0) * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - static_cast<double>(below));
}

result<interval> bootstrap_interval(std::size_t rows, const statistic& value, const bootstrap_plan& plan) {
  if (rows == 0 || rows > std::numeric_limits<std::uint32_t>::max()) {
    return make_error(error_kind::invalid_request, fmt::format("an interval of {} rows cannot be resampled", rows));
  }
  if (plan.rounds == 0 || plan.rounds > bootstrap_plan::k_rounds_max || !(plan.level > 0 && plan.level < 1)) {
    return make_error(error_kind::invalid_request,
                      fmt::format("resampling takes 1 to {} rounds and a level between 0 and 1, not {} and {}",
                                  bootstrap_plan::k_rounds_max, plan.rounds, plan.level));
  }
  // The engine's sequence is fixed by the standard; the distributions are not, so the draw is written out.
  std::mt19937_64 engine{plan.seed};
  std::vector<std::uint32_t> drawn(rows);
  std::vector<double> values;
  values.reserve(plan.rounds);
  for (std::size_t round = 0; round < plan.rounds; ++round) {
    for (std::uint32_t& row : drawn) {
      row = static_cast<std::uint32_t>(((engine() >> 32U) * rows) >> 32U);
    }
    const double one = value(drawn);
    if (std::isfinite(one)) {
      values.push_back(one);
    }
  }
  if (values.empty()) {
    return make_error(error_kind::invalid_request, "the figure has a finite value in no resample");
  }
  std::sort(values.begin(), values.end());
  return interval{.low = quantile(values, (1 - plan.level) / 2), .high = quantile(values, (1 + plan.level) / 2)};
}

result<interval> bootstrap_mean(std::span<const double> values, const bootstrap_plan& plan) {
  return bootstrap_interval(
      values.size(),
      [values](std::span<const std::uint32_t> rows) {
        double sum = 0;
        for (const std::uint32_t row : rows) {
          sum += values[row];
        }
        return sum / static_cast<double>(rows.size());
      },
      plan);
}

} // namespace inferenceflow::statistics
