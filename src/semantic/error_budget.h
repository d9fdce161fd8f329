/// Keeps the share of wrong answers among all answers under the operator's bound.
///
/// Every request earns error_max; a served answer spends its risk. Serving is allowed while an upper bound on the wrong
/// answers served so far, this one included, stays within what was earned. A share of the answers that could be served
/// is audited instead: the model is called and the two compared. The bound scales by what the audits find, counted with
/// one wrong more than was seen, as conformal risk control does. The ceiling on a single answer's risk follows the pace
/// of spending, so that the budget goes to the answers that are surest.
///
/// Role:      verifier owns one.
/// Lifecycle: construct → for each request: count_request(), then affords() and spend() or audited().
/// Threading: none of its own; the caller locks.
/// Bounds:    a handful of numbers.
/// Source:    Angelopoulos et al., Conformal Risk Control, arXiv 2208.02814, eq. 4 (the wrong one added); the normal
///            approximation of a Poisson sum; the ceiling is the price of a knapsack's constraint.
#pragma once

#include <cstdint>

namespace inferenceflow::semantic {

/// What an error_budget has seen; plain sums, so they can be saved.
struct budget_state {
  std::uint64_t requests = 0;
  std::uint64_t served = 0;
  std::uint64_t audits = 0;
  double spent = 0;           ///< sum of the risks of what was served
  double audits_expected = 0; ///< sum of the risks of what was audited
  double audits_wrong = 0;
  double pace = 0;    ///< risk spent per request of late
  double ceiling = 0; ///< greatest risk that is served
};

class error_budget {
public:
  /// @param error_max  δ, share of all answers, (0, 0.5].
  explicit error_budget(double error_max);

  void count_request();

  /// Whether an answer of this risk may be served: under the ceiling and within the bound.
  /// @param cautious_risk  for the ceiling: the risk if the belief is as wrong as it may well be.
  /// @param risk           for the bound: the corrected risk.
  [[nodiscard]] bool affords(double cautious_risk, double risk) const;

  /// Probability with which an answer that may be served is audited instead: more of the risky ones, whose judgement
  /// says more (Neyman's allocation: by the square root of the variance), and more at the beginning.
  [[nodiscard]] double audit_share(double risk) const;

  void spend(double risk);
  void audited(double risk, bool wrong);

  /// Upper bound on the share of wrong answers among all answers so far; 0 before the first request.
  [[nodiscard]] double bound() const;
  [[nodiscard]] double error_max() const { return error_max_; }
  /// Configuration reload: what was learned stays.
  void set_error_max(double error_max);

  [[nodiscard]] const budget_state& state() const { return state_; }
  /// @returns false, and changes nothing, for numbers that no run could have produced.
  [[nodiscard]] bool restore(const budget_state& saved);

private:
  [[nodiscard]] double worse_than_believed() const;
  [[nodiscard]] double wrongs_at_most(double spent) const;
  [[nodiscard]] double ceiling_max() const;

  double error_max_;
  budget_state state_;
};

} // namespace inferenceflow::semantic
