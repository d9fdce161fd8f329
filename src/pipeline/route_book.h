/// What a route has learned since the process began, and spent in the period of its budget.
///
/// Role:      route_choice corrects predictions by it and draws what to explore; feedback reaches it through learn();
///            life pays from its budget.
/// Lifecycle: route_books outlives every loop; a book outlives reloads, taking over what still fits the new targets.
/// Threading: thread-safe; a mutex per book, held for the arithmetic.
/// Bounds:    a book per route that learns or has a budget; k_waiting_max answers that wait for feedback, the oldest
///            going first.
/// Source:    learning/README.md.
#pragma once

#include "base/clock.h"
#include "config/routing_settings.h"
#include "learning/linucb.h"
#include "pipeline/purse.h"
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

/// Clients choose the ids of their requests, so two tenants may choose the same.
[[nodiscard]] std::string answer_name(std::string_view tenant, std::string_view request_id);

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

  /// Null without a budget.
  [[nodiscard]] const std::shared_ptr<purse>& budget() const noexcept { return budget_; }

  /// An answer went out: what is said of it later is about this. @param answer  answer_name()
  void note(std::string_view answer, std::string_view arm, bandit_view seen, double prior);
  /// The first word on an answer teaches, further ones change nothing: nobody outvotes others by repeating himself.
  /// @param reward  [0, 1]. @returns whether the answer was one of this book's.
  bool learn(std::string_view answer, double reward);

private:
  struct answered {
    std::size_t arm = 0;
    bandit_view seen = {};
    double prior = 0;
    bool learned = false;
  };

  mutable std::mutex mutex_;
  std::vector<std::string> arms_;
  config::routing_settings wanted_;
  std::optional<learning::linucb> bandit_;
  std::shared_ptr<purse> budget_; ///< as it is once the book is in use
  std::unordered_map<std::string, answered> waiting_;
  std::deque<std::string> oldest_first_;
};

class route_books {
public:
  /// @returns null for a route that neither learns nor has a budget.
  [[nodiscard]] std::shared_ptr<route_book> of(const std::string& route, std::span<const std::string> arms,
                                               const config::routing_settings& wanted, steady_time now);

  /// What is known of a route's budget from before: books that are opened from now on begin with it, unless an earlier
  /// one has counted itself.
  void resume(const std::string& route, const spending& current);

  /// Feedback on any route's answer. @returns whether somebody learned from it.
  bool learn(std::string_view answer, double reward);

private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<route_book>> books_;
  std::unordered_map<std::string, spending> known_;
};

} // namespace inferenceflow::pipeline
