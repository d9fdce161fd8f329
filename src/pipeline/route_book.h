/// What a route has learned and spent since the process began.
///
/// Role:      route_choice corrects predictions by it and draws what to explore; life reserves and settles money;
/// feedback
///            reaches it through learn().
/// Lifecycle: route_books outlives every loop; a book outlives reloads, taking over what still fits the new targets.
/// Threading: thread-safe; a mutex per book, held for the arithmetic.
/// Bounds:    a book per route that learns or has a budget; k_waiting_max answers that wait for feedback, the oldest
///            going first.
/// Source:    learning/README.md.
#pragma once

#include "base/clock.h"
#include "config/routing_settings.h"
#include "learning/linucb.h"
#include "learning/pacer.h"
#include "routing/choice/decision.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace inferenceflow::pipeline {

/// What was seen of a prompt when its model was chosen.
using bandit_view = std::vector<float>;

class route_book {
public:
  static constexpr std::size_t k_waiting_max = 65'536;

  /// @param arms  "provider/model" of the targets. @param wanted  of a route that learns or has a budget.
  route_book(std::vector<std::string> arms, const config::routing_settings& wanted, steady_time now);

  /// Whether this book is the one for these targets and settings.
  [[nodiscard]] bool fits(std::span<const std::string> arms, const config::routing_settings& wanted) const;
  /// Takes over what an earlier book has learned, and what waits there for feedback. Under the same budget both spend
  /// from one purse from then on: requests under way settle with the earlier book.
  void succeed(route_book& earlier);

  /// The expected quality of each arm as feedback has corrected it. @param priors  [arms]; -1 = unknown stays unknown.
  void correct(std::span<const float> seen, std::span<double> priors) const;

  /// Moves the choice to another target now and then, to learn; the decision says with which probability.
  /// @param priors  as correct() was given them. @param made  of choose(), over the arms in order.
  /// @param chance  uniform in [0, 1).
  void explore(std::span<const float> seen, std::span<const double> priors, double chance,
               routing::decision& made) const;

  /// What a dollar counts now; 0 without a budget, or while it is not scarce.
  [[nodiscard]] double usd_price(steady_time now);

  /// Money set aside for a request.
  struct reservation {
    money held;  ///< to be handed back
    money asked; ///< as reserve() was given it
  };
  /// @returns nothing when the budget is spent; without a budget always something.
  [[nodiscard]] std::optional<reservation> reserve(money at_most, steady_time now);
  void settle(const reservation& of, money cost, steady_time now);
  /// Until the next period begins.
  [[nodiscard]] std::chrono::seconds renewal(steady_time now) const;

  /// An answer went out: what is said of it later is about this.
  void note(std::string_view request_id, std::string_view arm, bandit_view seen, double prior);
  /// The first word on an answer teaches, further ones change nothing: nobody outvotes others by repeating himself.
  /// @param reward  [0, 1]. @returns whether the request was one of this book's.
  bool learn(std::string_view request_id, double reward);

private:
  struct answered {
    std::size_t arm = 0;
    bandit_view seen = {};
    double prior = 0;
    bool learned = false;
  };
  /// A budget and what is spent of it.
  struct purse {
    std::mutex mutex = {};
    learning::pacer pacer;
    steady_time began = {};
  };
  [[nodiscard]] static std::shared_ptr<purse> purse_of(const config::routing_settings& wanted, steady_time now);
  [[nodiscard]] std::shared_ptr<purse> purse_in_use() const;

  mutable std::mutex mutex_;
  std::vector<std::string> arms_;
  config::routing_settings wanted_;
  std::optional<learning::linucb> bandit_;
  std::shared_ptr<purse> purse_; ///< null without a budget
  std::unordered_map<std::string, answered> waiting_;
  std::deque<std::string> oldest_first_;
};

class route_books {
public:
  /// @returns null for a route that neither learns nor has a budget.
  [[nodiscard]] std::shared_ptr<route_book> of(const std::string& route, std::span<const std::string> arms,
                                               const config::routing_settings& wanted, steady_time now);

  /// Feedback on any route's answer. @returns whether somebody learned from it.
  bool learn(std::string_view request_id, double reward);

private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<route_book>> books_;
};

} // namespace inferenceflow::pipeline
