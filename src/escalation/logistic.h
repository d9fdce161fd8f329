/// Logistic regression with a Gaussian prior around given weights.
///
/// Role:      trust_fit.cpp; common weights around zero, those of a class around the common ones.
/// Lifecycle: one call.
/// Threading: pure.
/// Bounds:    k_newton_steps_max steps of O(rows · inputs²) each.
/// Source:    Newton's method with halved steps; Hastie, Tibshirani, Friedman, "Elements of Statistical Learning",
/// §4.4.
#pragma once

#include "escalation/trust.h"

#include <cmath>
#include <cstddef>
#include <span>

namespace inferenceflow::escalation {

inline constexpr std::size_t k_newton_steps_max = 50;

[[nodiscard]] inline double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

struct logistic_row {
  std::array<double, trust::k_inputs> inputs{};
  bool positive = false;
};

struct logistic_prior {
  trust::weights centre{};
  double ridge = 1;          ///< precision of every weight but the constant
  double constant_ridge = 0; ///< of the constant; 0 = free
};

/// Inner product with the inputs, and the constant.
[[nodiscard]] double logit_of(const std::array<double, trust::k_inputs>& inputs, const trust::weights& by);

/// The weights with the greatest posterior. @param rows  at least one.
[[nodiscard]] trust::weights fit_logistic(std::span<const logistic_row> rows, const logistic_prior& prior);

} // namespace inferenceflow::escalation
