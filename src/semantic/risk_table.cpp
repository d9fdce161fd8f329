#include "semantic/risk_table.h"

#include <algorithm>
#include <cmath>

namespace inferenceflow::semantic {

namespace {

/// A level's own record counts as much as its neighbour's once it should have seen this many wrong ones.
constexpr double k_shrinkage_wrongs = 1.5;
constexpr double k_risk_min = 1e-5;
constexpr double k_risk_max = 0.999;
/// Old pairs fade once a level has seen this many.
constexpr double k_expected_max = 200;

std::size_t level_of(double risk) {
  const double halvings = -2 * std::log2(std::clamp(risk, k_risk_min, 1.0));
  return std::min(static_cast<std::size_t>(halvings), risk_table::k_levels - 1);
}

} // namespace

double risk_table::corrected(double risk) const {
  const std::size_t last = level_of(risk);
  double ratio = 1;
  for (std::size_t i = 0; i <= last; ++i) {
    ratio = (levels_[i].wrong + k_shrinkage_wrongs * ratio) / (levels_[i].expected + k_shrinkage_wrongs);
  }
  return std::clamp(risk * ratio, k_risk_min, k_risk_max);
}

void risk_table::learn(double risk, bool wrong) {
  level& at = levels_[level_of(risk)];
  if (at.expected > k_expected_max) {
    at.expected /= 2;
    at.wrong /= 2;
  }
  at.expected += risk;
  at.wrong += wrong ? 1 : 0;
}

bool risk_table::restore(const levels& saved) {
  for (const level& each : saved) {
    if (!std::isfinite(each.expected) || !std::isfinite(each.wrong) || each.expected < 0 || each.wrong < 0) {
      return false;
    }
  }
  levels_ = saved;
  return true;
}

} // namespace inferenceflow::semantic
