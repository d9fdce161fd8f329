/// Learns online which model answers which question well: a linear bandit on top of an offline prediction.
///
/// Each arm predicts reward = prior + θ·x, where the prior is what the offline predictor expects (0.5 without one), x
/// are the features of the prompt, and θ starts at 0: before the first reward the bandit says what the predictor says.
/// Old rewards fade. A choice is drawn from a distribution that is known exactly, so that other policies can be judged
/// from the log (off_policy.h).
///
/// Role:      routing asks it for a distribution per request and feeds rewards back.
/// Lifecycle: construct with the arms' names → propensities()/choose() and learn() in any order; state() to keep it.
/// Threading: none of its own; the owner locks.
/// Bounds:    k_arms_max arms of k_features_max² · 16 bytes; O(arms · features²) per choice, O(features²) per reward.
/// Source:    LinUCB: Li, Chu, Langford, Schapire, WWW 2010, algorithm 1; discount: Russac, Vernade, Cappé, NeurIPS
/// 2019
///            (D-LinUCB); distribution: inverse gap weighting, Foster & Rakhlin, ICML 2020 (SquareCB).
#pragma once

#include "base/error.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::learning {

inline constexpr std::size_t k_features_max = 48;
inline constexpr std::size_t k_arms_max = 64;

struct bandit_options {
  std::size_t features = 32; ///< length of x, 1 to k_features_max; a constant is added to it
  double discount = 0.999; ///< γ: weight of an arm's reward after each later one of that arm, (0, 1]; memory 1/(1 − γ)
  double ridge = 1;        ///< λ: how many rewards the prior counts as, > 0
  double width = 0.3;      ///< α: standard errors added to a prediction, in units of reward, ≥ 0
  double exploration = 0.02; ///< ε: share of choices that fall on any arm alike, [0, 1]; 0 = an arm may starve
  double sharpness =
      400; ///< of inverse gap weighting: exploring costs at most allowed arms / sharpness of reward; 0 = greedy
};

/// One arm, for one request.
struct arm_offer {
  double prior = 0.5;  ///< reward that the offline predictor expects, [0, 1]
  double penalty = 0;  ///< what its cost is worth, in units of reward, e.g. pacer::price() × dollars
  bool allowed = true; ///< capable, healthy, within the budget
};

struct pick {
  std::size_t arm = 0;
  double propensity = 1; ///< probability with which this arm was drawn
  bool explored = false; ///< another arm looked better
};

class linucb {
public:
  /// @returns error::invalid_request  options out of range; no arms, more than k_arms_max, or a name twice
  [[nodiscard]] static result<linucb> create(std::vector<std::string> arms, const bandit_options& options);

  [[nodiscard]] std::span<const std::string> arms() const { return names_; }

  /// Fills `into` with the probability of each arm; they add up to 1, and are 0 for arms that are not allowed.
  /// @param features  [options.features]; numbers that are not finite count as 0, a vector longer than 1 is shortened
  /// to 1.
  /// @param offers,into  one per arm, in the order of arms().
  /// @param explore   false: all on the arm of the greatest expectation less penalty, without any bonus (tool loops).
  /// @returns false, and zeros, when no arm is allowed or a size does not fit.
  [[nodiscard]] bool propensities(std::span<const float> features, std::span<const arm_offer> offers, bool explore,
                                  std::span<double> into) const;

  /// Draws from propensities(). @param chance  uniform in [0, 1). @returns nullopt where propensities() says false.
  [[nodiscard]] std::optional<pick> choose(std::span<const float> features, std::span<const arm_offer> offers,
                                           bool explore, double chance) const;

  struct expectation {
    double reward = 0;    ///< prior + θ·x
    double deviation = 0; ///< √(xᵀA⁻¹x), wider the longer the arm was not seen; at most that of the prior
  };
  /// @returns the prior alone for an arm or features that do not fit.
  [[nodiscard]] expectation expected(std::size_t arm, std::span<const float> features, double prior) const;

  /// One reward, in any order, late or never.
  /// @param prior   as it was when the arm was chosen.
  /// @param reward  clamped to [0, 1].
  /// @returns false, and nothing is learned, for sizes that do not fit or a reward that is no number.
  bool learn(std::size_t arm, std::span<const float> features, double prior, double reward);

  /// Rewards learned by an arm so far.
  [[nodiscard]] std::uint64_t rewards(std::size_t arm) const { return states_[arm].rewards; }

  /// What was learned, as text with version and checksum.
  [[nodiscard]] std::string state() const;
  /// Takes over what arms of the same names had learned; other arms stay as they are.
  /// @returns how many arms were taken over
  /// @returns error::invalid_request  of another version or number of features, or damaged; nothing changes
  result<std::size_t> restore(std::string_view state);

private:
  /// Symmetric, row by row.
  using square = std::vector<double>; // [size(), size()]
  struct arm_state {
    square precision = {};          ///< A = λI + discounted Σ x xᵀ
    square inverse = {};            ///< A⁻¹
    std::vector<double> sums = {};  ///< discounted Σ (reward − prior) x
    std::vector<double> theta = {}; ///< A⁻¹ · sums
    std::uint64_t rewards = 0;
    std::uint64_t seen_at = 0; ///< clock_ when it last learned
  };

  linucb() = default;
  [[nodiscard]] std::size_t size() const { return options_.features + 1; }
  [[nodiscard]] arm_state fresh() const;
  [[nodiscard]] std::optional<std::vector<double>> with_constant(std::span<const float> features) const;
  [[nodiscard]] expectation expected_of(const arm_state& arm, std::span<const double> x, double prior) const;
  void add_direction(arm_state& arm, std::span<const double> x) const;
  /// Inverse and θ from precision and sums. @returns false if they are no bandit's.
  [[nodiscard]] bool settle(arm_state& arm) const;

  bandit_options options_ = {};
  std::vector<std::string> names_ = {};
  std::vector<arm_state> states_ = {};
  std::uint64_t clock_ = 0;        ///< rewards of all arms
  std::uint64_t invert_every_ = 1; ///< rewards of an arm
};

} // namespace inferenceflow::learning
