/// The threshold on P(wrong) below which a cheap answer may be served, so that a stated risk is kept.
///
/// The loss of one request is 1 when a wrong answer of the cheap model was served although the dearer one would have
/// been right, else 0. It never falls when the threshold rises, and is bounded by 1.
///
/// Role:      trainer and pipeline; the threshold goes into rule.h.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    O(labels · log labels).
/// Source:    Angelopoulos, Bates, Fisch, Lei, Schuster, "Conformal Risk Control", ICLR 2024, arXiv 2208.02814, eq. 4;
///            the sharper bound for a number of requests is exact under exchangeability (README.md).
#pragma once

#include "base/error.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace inferenceflow::escalation {

inline constexpr std::size_t k_labels_min = 500;
/// As a threshold: every answer lies below it.
inline constexpr double k_serves_all = 2;

/// One judged request that P(wrong) was not learned from.
struct judged {
  double p_wrong = 0;
  bool loss = false; ///< the cheap answer is wrong and the dearer model's right
};

struct risk_target {
  double alpha = 0.05; ///< share of all requests that may be lost, (0, 1)
  /// Probability, over the draw of the labels, with which the share among the next `horizon` requests stays at or below
  /// alpha, [0, 1). 0: only its expectation does, which is conformal risk control as published; about half of all
  /// calibrations are then a little above.
  double confidence = 0.98;
  std::uint64_t horizon = 0; ///< requests; 0 = as many as there are labels
};

struct risk_threshold {
  double serve_below = 0; ///< serve when P(wrong) < this; 0 = never, k_serves_all = always
  std::size_t labels = 0;
  std::size_t losses = 0;  ///< among the labels, below the threshold
  double served_share = 0; ///< of the labels
};

/// How many losses among `labels` calibration rows may lie below the threshold.
/// @returns nullopt  not even none is enough: too few labels for so small an alpha.
[[nodiscard]] std::optional<std::size_t> losses_allowed(std::size_t labels, const risk_target& target);

/// The greatest threshold that keeps the target: the smallest λ = −threshold with n/(n+1) · R̂(λ) + 1/(n+1) ≤ α, and,
/// with a confidence, also few enough losses for it.
/// @returns error::invalid_request  fewer than k_labels_min rows; a target out of range; a P(wrong) outside [0, 1]
[[nodiscard]] result<risk_threshold> control_risk(std::span<const judged> rows, const risk_target& target);

} // namespace inferenceflow::escalation
