#include "semantic/belief.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace inferenceflow::semantic {

namespace {

constexpr double k_least_information = 1e-3; ///< of one observation: keeps a step finite where the fit is certain
/// Traffic drifts: old observations fade, so that about this many recent ones count.
constexpr double k_memory_observations = 20'000;
constexpr double k_variance_max = 4;

double logistic(double x) {
  return 1 / (1 + std::exp(-std::clamp(x, -40.0, 40.0)));
}

double averaged(const log_odds& odds) {
  return logistic(odds.mean / std::sqrt(1 + std::numbers::pi * odds.variance / 8));
}

} // namespace

double risk_of(const log_odds& odds) {
  return 1 - averaged(odds);
}

double cautious_risk_of(const log_odds& odds, double deviations) {
  return 1 - logistic(odds.mean - deviations * std::sqrt(odds.variance));
}

belief::belief()
    : mean_(prior_mean()) {
  const evidence variance = prior_variance();
  for (std::size_t i = 0; i < k_evidence; ++i) {
    covariance_[i][i] = variance[i];
  }
}

log_odds belief::predict(const evidence& seen, const offset& entry, const offset& answer) const {
  log_odds odds{.mean = entry.mean + answer.mean, .variance = entry.variance + answer.variance};
  for (std::size_t i = 0; i < k_evidence; ++i) {
    odds.mean += mean_[i] * seen[i];
    double row = 0;
    for (std::size_t j = 0; j < k_evidence; ++j) {
      row += covariance_[i][j] * seen[j];
    }
    odds.variance += seen[i] * row;
  }
  odds.variance = std::max(odds.variance, 0.0);
  return odds;
}

void belief::learn(const evidence& seen, bool right, double weight, offset& entry, offset& answer) {
  const log_odds odds = predict(seen, entry, answer);
  const double expected = averaged(odds);
  const double information = weight * std::max(expected * (1 - expected), k_least_information);
  // One step of Newton's method from the prior to the posterior: r is the observation's variance in log-odds.
  const double r = 1 / information;
  const double shrink = r / (r + odds.variance);
  const double pull = weight * ((right ? 1.0 : 0.0) - expected) * shrink;
  evidence reach{};
  for (std::size_t i = 0; i < k_evidence; ++i) {
    for (std::size_t j = 0; j < k_evidence; ++j) {
      reach[i] += covariance_[i][j] * seen[j];
    }
  }
  const double gain = 1 / (r + odds.variance);
  for (std::size_t i = 0; i < k_evidence; ++i) {
    mean_[i] += reach[i] * pull;
    for (std::size_t j = 0; j < k_evidence; ++j) {
      covariance_[i][j] -= reach[i] * reach[j] * gain;
    }
  }
  for (std::size_t i = 0; i < k_evidence; ++i) {
    covariance_[i][i] = std::clamp(covariance_[i][i] * (1 + 1 / k_memory_observations), 1e-9, k_variance_max);
  }
  for (offset* own : {&entry, &answer}) {
    own->mean += own->variance * pull;
    own->variance -= own->variance * own->variance * gain;
  }
}

bool belief::restore(const evidence& mean, const matrix& covariance) {
  for (std::size_t i = 0; i < k_evidence; ++i) {
    if (!std::isfinite(mean[i]) || !(covariance[i][i] > 0)) {
      return false;
    }
    for (const double value : covariance[i]) {
      if (!std::isfinite(value)) {
        return false;
      }
    }
  }
  mean_ = mean;
  covariance_ = covariance;
  return true;
}

} // namespace inferenceflow::semantic
