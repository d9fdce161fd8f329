#include "escalation/logistic.h"

#include <algorithm>
#include <array>
#include <optional>

namespace inferenceflow::escalation {

namespace {

constexpr std::size_t k_size = trust::k_inputs + 1;
constexpr double k_converged = 1e-9; ///< of the step's largest element
constexpr double k_jitter = 1e-9;    ///< keeps the equations solvable when an input never varies
constexpr int k_halvings_max = 30;

using square = std::array<std::array<double, k_size>, k_size>;

double precision_of(const logistic_prior& prior, std::size_t at) {
  return at == trust::k_inputs ? prior.constant_ridge : prior.ridge;
}

/// log(1 + eˣ) without overflow.
double softplus(double x) {
  return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}

double cost_of(std::span<const logistic_row> rows, const logistic_prior& prior, const trust::weights& at) {
  double cost = 0;
  for (const logistic_row& row : rows) {
    const double logit = logit_of(row.inputs, at);
    cost += softplus(row.positive ? -logit : logit);
  }
  for (std::size_t i = 0; i < k_size; ++i) {
    const double off = at[i] - prior.centre[i];
    cost += precision_of(prior, i) * off * off / 2;
  }
  return cost;
}

/// Solves `equations` · x = `right` by Cholesky's decomposition; nullopt if they are not positive definite.
std::optional<trust::weights> solved(square equations, trust::weights right) {
  for (std::size_t i = 0; i < k_size; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = equations[i][j];
      for (std::size_t k = 0; k < j; ++k) {
        sum -= equations[i][k] * equations[j][k];
      }
      if (i == j && !(sum > 0)) {
        return std::nullopt;
      }
      equations[i][j] = i == j ? std::sqrt(sum) : sum / equations[j][j];
    }
  }
  for (std::size_t i = 0; i < k_size; ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      right[i] -= equations[i][k] * right[k];
    }
    right[i] /= equations[i][i];
  }
  for (std::size_t i = k_size; i-- > 0;) {
    for (std::size_t k = i + 1; k < k_size; ++k) {
      right[i] -= equations[k][i] * right[k];
    }
    right[i] /= equations[i][i];
  }
  return right;
}

/// Newton's step downhill from `at`.
std::optional<trust::weights> newton_step(std::span<const logistic_row> rows, const logistic_prior& prior,
                                          const trust::weights& at) {
  square curvature{};
  trust::weights downhill{};
  std::array<double, k_size> inputs{};
  inputs.back() = 1;
  for (const logistic_row& row : rows) {
    std::copy(row.inputs.begin(), row.inputs.end(), inputs.begin());
    const double expected = sigmoid(logit_of(row.inputs, at));
    const double surprise = (row.positive ? 1 : 0) - expected;
    const double weight = expected * (1 - expected);
    for (std::size_t i = 0; i < k_size; ++i) {
      downhill[i] += surprise * inputs[i];
      for (std::size_t j = 0; j <= i; ++j) {
        curvature[i][j] += weight * inputs[i] * inputs[j];
      }
    }
  }
  for (std::size_t i = 0; i < k_size; ++i) {
    downhill[i] -= precision_of(prior, i) * (at[i] - prior.centre[i]);
    curvature[i][i] += precision_of(prior, i) + k_jitter;
  }
  return solved(curvature, downhill);
}

} // namespace

double logit_of(const std::array<double, trust::k_inputs>& inputs, const trust::weights& by) {
  double sum = by.back();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    sum += inputs[i] * by[i];
  }
  return sum;
}

trust::weights fit_logistic(std::span<const logistic_row> rows, const logistic_prior& prior) {
  trust::weights at = prior.centre;
  double cost = cost_of(rows, prior, at);
  for (std::size_t round = 0; round < k_newton_steps_max; ++round) {
    const auto step = newton_step(rows, prior, at);
    if (!step) {
      return at;
    }
    double share = 1;
    double largest = 0;
    for (int halving = 0; halving < k_halvings_max; ++halving, share /= 2) {
      trust::weights next = at;
      largest = 0;
      for (std::size_t i = 0; i < k_size; ++i) {
        next[i] += share * (*step)[i];
        largest = std::max(largest, std::abs(share * (*step)[i]));
      }
      const double next_cost = cost_of(rows, prior, next);
      if (next_cost <= cost) {
        at = next;
        cost = next_cost;
        break;
      }
    }
    if (largest < k_converged) {
      break;
    }
  }
  return at;
}

} // namespace inferenceflow::escalation
