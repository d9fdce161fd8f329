/// What is believed of a near entry's answer: the probability that it also answers the question at hand.
///
/// A logistic regression over the evidence, kept as a Gaussian over its weights, so that it knows how sure it is. An
/// entry and its answer each add an offset of their own: the entry's own similarity threshold, moved by its own record.
/// A new entry has the weights alone, which is the prior that it borrows from all others of its category.
///
/// Role:      verifier asks it for each candidate and teaches it what exploration showed.
/// Lifecycle: construct with the prior → predict()/learn()*.
/// Threading: none of its own; the caller locks.
/// Bounds:    k_evidence² doubles.
/// Source:    Bayesian logistic regression by sequential Laplace steps: Spiegelhalter & Lauritzen, Networks 20 (1990),
///            §4; the probit average of MacKay, Neural Computation 4 (1992), eq. 6. Own thresholds with an interval per
///            entry: vCache (arXiv 2502.03771), §4, here as random effects over a shared fit.
#pragma once

#include "semantic/evidence.h"

#include <array>
#include <cstddef>

namespace inferenceflow::semantic {

/// A Gaussian over one log-odds shift.
struct offset {
  double mean = 0;
  double variance = 0;
};

/// Log-odds that the answer is right.
struct log_odds {
  double mean = 0;
  double variance = 0;
};

/// Probability of wrong, uncertainty averaged in (MacKay).
[[nodiscard]] double risk_of(const log_odds& odds);
/// Probability of wrong if the log-odds were `deviations` standard deviations worse than believed.
[[nodiscard]] double cautious_risk_of(const log_odds& odds, double deviations);

class belief {
public:
  /// Starts from prior_mean() and prior_variance() of evidence.h.
  belief();

  /// @param entry, answer  what their own records say; zero variance means that they have no say.
  [[nodiscard]] log_odds predict(const evidence& seen, const offset& entry, const offset& answer) const;

  /// One judged pair. Moves the weights and both offsets, each by its share of the uncertainty.
  /// @param weight  how many observations it stands for: 1/probability that it was looked at, cut by the caller.
  void learn(const evidence& seen, bool right, double weight, offset& entry, offset& answer);

  [[nodiscard]] const evidence& weights() const { return mean_; }

  using matrix = std::array<evidence, k_evidence>;
  [[nodiscard]] const matrix& covariance() const { return covariance_; }
  /// Continues from a saved state. @returns false, and changes nothing, unless every number is finite and every
  /// variance positive.
  [[nodiscard]] bool restore(const evidence& mean, const matrix& covariance);

private:
  evidence mean_{};
  matrix covariance_{};
};

} // namespace inferenceflow::semantic
