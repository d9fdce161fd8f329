/// How often what was believed risky proved wrong: corrects the belief where its tail is too sure of itself.
///
/// Role:      verifier passes each believed risk through it before it is weighed against the budget.
/// Lifecycle: construct → corrected()/learn()*.
/// Threading: none of its own; the caller locks.
/// Bounds:    k_levels pairs of sums.
/// Source:    histogram binning (Zadrozny & Elkan, ICML 2001) on a logarithmic scale, each level shrunk to the one of
///            next greater risk, which exploration sees more of.
#pragma once

#include <array>
#include <cstddef>

namespace inferenceflow::semantic {

class risk_table {
public:
  static constexpr std::size_t k_levels = 24; ///< each √½ of the one before: down to 1/4096

  /// @param risk  believed probability of wrong, (0, 1). @returns the same as observed so far, (0, 1).
  [[nodiscard]] double corrected(double risk) const;

  /// One judged pair that was believed to be this risky. Only pairs that were looked at regardless of the outcome.
  void learn(double risk, bool wrong);

  struct level {
    double expected = 0; ///< sum of believed risks
    double wrong = 0;    ///< how many were
  };
  using levels = std::array<level, k_levels>;
  [[nodiscard]] const levels& content() const { return levels_; }
  /// @returns false, and changes nothing, unless all sums are finite and not negative.
  [[nodiscard]] bool restore(const levels& saved);

private:
  levels levels_{};
};

} // namespace inferenceflow::semantic
