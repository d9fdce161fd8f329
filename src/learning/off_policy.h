/// What another policy would have earned, from a log of decisions that were drawn with known probabilities.
///
/// Role:      reports: "had the route been configured so, its quality would have been …", without one call.
/// Lifecycle: one call.
/// Threading: pure.
/// Bounds:    k_log_rows_max rows of k_log_arms_max arms; O(rows · resamples).
/// Source:    doubly robust: Dudík, Langford, Li, ICML 2011, eq. 2; self-normalised: Swaminathan & Joachims, NeurIPS
/// 2015;
///            effective sample size: Kong (1992).
#pragma once

#include "base/error.h"
#include "statistics/bootstrap.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace inferenceflow::learning {

inline constexpr std::size_t k_log_rows_max = 1'000'000;
inline constexpr std::size_t k_log_arms_max = 64;

/// One decision of the log, and what the policy to be judged would have done.
struct logged_choice {
  std::size_t chosen = 0;            ///< arm that was asked
  double propensity = 1;             ///< probability with which it was chosen, (0, 1]
  double reward = 0;                 ///< of it; finite
  std::vector<double> wanted = {};   ///< per arm: probability under the other policy; adds up to 1
  std::vector<double> expected = {}; ///< per arm: reward that a model expects; empty = none: 0 for all
  /// Arms that the log could have chosen here, by probability above 0; empty = all.
  std::vector<bool> possible = {};
};

struct off_policy_options {
  double weight_max = 20;       ///< greater weights are cut to it: less variance, some bias towards `expected`
  std::size_t resamples = 1000; ///< for the intervals
  std::uint64_t seed = 1;
};

struct judged_value {
  double value = 0;
  statistics::interval interval = {}; ///< 95 %, by resampling rows
};

struct off_policy_report {
  judged_value logged = {};          ///< what the log itself earned
  judged_value weighted = {};        ///< inverse propensity: mean of w · reward; unbiased while no weight is cut
  judged_value self_normalised = {}; ///< Σ w · reward / Σ w
  judged_value doubly_robust = {};   ///< mean of Σ wanted · expected + w · (reward − expected of the chosen)
  std::size_t rows = 0;
  double effective_rows = 0;    ///< (Σ w)² / Σ w²
  double weight_greatest = 0;   ///< before cutting
  double cut_share = 0;         ///< of the rows' weights were cut
  double unsupported_share = 0; ///< of what the other policy wants, the log never could have chosen
  std::string doubt = {};       ///< why the figures say little or nothing, for people; empty = no reason seen
};

/// @returns error::invalid_request  no rows or too many, lengths that differ, a propensity or probability out of range,
/// a
///          reward or expectation that is not finite; the message names the row
[[nodiscard]] result<off_policy_report> judge_policy(std::span<const logged_choice> rows,
                                                     const off_policy_options& options = {});

} // namespace inferenceflow::learning
