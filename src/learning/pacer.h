/// Spends a budget evenly over its period: a price on every dollar that rises while spending is too fast, and a hard
/// stop.
///
/// Role:      routing multiplies price() with an arm's expected cost (linucb's penalty) and reserves before a call.
/// Lifecycle: create → carry_on()? → per call: reserve() → settle() with what it cost. Periods follow each other by
///            themselves.
/// Threading: none of its own; the owner locks.
/// Bounds:    a handful of numbers. Spent and reserved together never pass the budget, times the overrun below.
/// Source:    dual descent for budgets: Balseiro, Lu, Mirrokni, ICML 2020 (arXiv 2002.10421), algorithm 1; units as in
///            README.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/money.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace inferenceflow::learning {

struct pacer_options {
  money budget = {};                   ///< of one period, > 0
  std::chrono::seconds period{86'400}; ///< ≥ 1 s
  double step = 0.02;                  ///< η: how fast the price follows, per call of typical cost, (0, 1]
  double price_max = 100;              ///< greatest price, in units of reward per typical call
};

struct pacer_state {
  money spent = {};          ///< in this period
  money reserved = {};       ///< for calls that have not settled
  double price = 0;          ///< of one US dollar, in units of reward
  double overrun = 1;        ///< by how much calls passed their reservations of late, ≥ 1
  std::uint64_t refused = 0; ///< reservations, ever
};

class pacer {
public:
  /// @returns error::invalid_request  options out of range, a negative budget among them
  [[nodiscard]] static result<pacer> create(const pacer_options& options, steady_time now);

  /// The current period began before this object and part of its budget is spent. Before the first reserve().
  /// @param spent  negative counts as 0. @param began  in the past; where a period has passed since, nothing is spent.
  void carry_on(money spent, steady_time began);

  /// Until the next period begins, rounded up.
  [[nodiscard]] std::chrono::seconds renewal(steady_time now);

  /// What one more US dollar is worth now, in units of reward; 0 while the budget is not scarce.
  [[nodiscard]] double price(steady_time now);

  /// Sets money aside for a call.
  /// @param at_most  what it can cost at most (prompt and token limit at their prices). As far as calls lately cost
  /// more
  ///                 than was reserved for them, so much more is set aside.
  /// @returns what was set aside, to be handed to settle(); nullopt when the rest of the budget does not suffice.
  [[nodiscard]] std::optional<money> reserve(money at_most, steady_time now);

  /// The call is over. @param reserved  what reserve() said. @param asked  the at_most it was given.
  /// @param cost  what it cost; 0 for one that failed. A negative amount counts as 0.
  void settle(money reserved, money asked, money cost, steady_time now);

  /// What can still be reserved in this period.
  [[nodiscard]] money left(steady_time now);
  [[nodiscard]] const pacer_state& state(steady_time now);

private:
  pacer(const pacer_options& options, steady_time now);
  void advance(steady_time now);

  pacer_options options_;
  pacer_state state_ = {};
  steady_time period_began_;
  steady_time settled_at_;
  double square_mean_ = 0; ///< of a call's cost in nano-dollars, of late; 0 before the first
};

} // namespace inferenceflow::learning
