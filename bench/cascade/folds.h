/// Cross-validated cascades: thresholds are learned on some questions and judged on others.
///
/// Role:      main runs it per set.
/// Lifecycle: one call.
/// Threading: one thread.
/// Bounds:    k_folds times the chains of a set.
#pragma once

#include "bench/cascade/chain.h"
#include "bench/cascade/recorded.h"

#include <cstdint>
#include <string>
#include <vector>

namespace inferenceflow::bench {

/// How much more or less accurate than the best service a cascade is asked to be on the questions it learns from,
/// a standard error taken off.
[[nodiscard]] std::vector<double> all_dials();
inline constexpr std::size_t k_even_dial = 30; ///< place of 0 among them

/// What each dial's cascades did with questions that they had not learned from. Sums by group, so that groups can be
/// resampled: [group][dial].
struct outcome {
  std::string method = {};
  std::size_t dials = 0;
  std::vector<double> cost = {};
  std::vector<double> right = {};
  std::vector<double> p_wrong = {}; ///< of first answers, one per question; empty where the method has none
  std::vector<double> was_wrong = {};
  std::vector<std::string> chosen = {}; ///< chain of the even dial in each fold
};

/// What a group costs and how often it is right when the best service alone is asked; and how many questions it has.
struct reference {
  std::vector<double> cost = {};
  std::vector<double> right = {};
  std::vector<double> questions = {};
};

[[nodiscard]] reference reference_of(const recorded_set& set);

/// Chains of up to three services by P(wrong), which knows classes and what earlier answers said.
[[nodiscard]] outcome cascade_by_trust(const recorded_set& set, std::uint64_t seed);

/// One cheap service, one threshold on its own signal, then the best service.
[[nodiscard]] outcome single_threshold(const recorded_set& set, std::uint64_t seed);

/// The same with service and threshold chosen on the very questions that are judged: cost relative to the best service
/// at no less accuracy, at most 1.
[[nodiscard]] double single_threshold_in_hindsight(const recorded_set& set);

/// A cheap service or the best, at random: one dial from none to all.
[[nodiscard]] outcome random_escalation(const recorded_set& set);

/// Least cost relative to the best service at which `accuracy` could be reached by who knows which answers are right.
[[nodiscard]] double oracle_cost(const recorded_set& set, double accuracy);

} // namespace inferenceflow::bench
