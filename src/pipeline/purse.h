/// A route's budget, and what is spent and set aside of it.
///
/// Role:      route_book has one where its route has a budget; books that follow each other at reloads share it.
/// Lifecycle: create() → resume()? → reserve() → settle(), for each request.
/// Threading: thread-safe; a mutex, held for the arithmetic.
/// Bounds:    those of learning::pacer.
#pragma once

#include "config/routing_settings.h"
#include "learning/pacer.h"

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace inferenceflow::pipeline {

/// How a budget stands in the period that is under way.
struct spending {
  money spent = {};
  steady_time began = {}; ///< the period
};

class purse {
public:
  /// Money set aside for a request.
  struct reservation {
    money held;  ///< to be handed back
    money asked; ///< as reserve() was given it
  };

  /// @returns null for a route without a budget.
  [[nodiscard]] static std::shared_ptr<purse> create(const config::routing_settings& wanted, steady_time now);
  explicit purse(learning::pacer budget)
      : pacer_(std::move(budget)) {}

  /// The period began, and was spent from, before this process. Before the first reserve().
  void resume(const spending& current);

  /// What a dollar counts now; 0 while money is not scarce.
  [[nodiscard]] double usd_price(steady_time now);
  /// @returns nothing when the rest of the budget does not suffice.
  [[nodiscard]] std::optional<reservation> reserve(money at_most, steady_time now);
  void settle(const reservation& of, money cost, steady_time now);
  /// Until the next period begins.
  [[nodiscard]] std::chrono::seconds renewal(steady_time now);

private:
  std::mutex mutex_;
  learning::pacer pacer_;
};

} // namespace inferenceflow::pipeline
