/// One request's way along its line.
///
/// Role:      pipeline/ asks what to do and tells what happened; see resilience/fallback_plan.h, whose calls these are.
/// Lifecycle: one per request that needs a backend. Destroyed at any moment it gives back what it holds.
/// Threading: its calls come from one event loop; a place that another loop frees is noted here and told by the
///            callback.
/// Bounds:    those of the plan.
#pragma once

#include "dispatch/line.h"
#include "dispatch/switchboard.h"
#include "resilience/fallback_plan.h"

#include <memory>
#include <optional>

namespace inferenceflow::dispatch {

class journey {
public:
  /// @param board  outlives it. @param what  its id is given here.
  journey(switchboard& board, std::shared_ptr<line> along, resilience::plan_request what);
  ~journey();
  journey(const journey&) = delete;
  journey& operator=(const journey&) = delete;

  [[nodiscard]] resilience::plan_action begin(steady_time now);
  [[nodiscard]] resilience::plan_action resume(steady_time now);
  [[nodiscard]] resilience::plan_action on_hedge_due(steady_time now);
  [[nodiscard]] std::optional<std::uint32_t> on_first_byte(std::uint32_t attempt, steady_time now);
  [[nodiscard]] std::optional<std::uint32_t> on_success(std::uint32_t attempt, std::uint64_t answered_tokens,
                                                        steady_time now);
  [[nodiscard]] resilience::plan_action on_failure(std::uint32_t attempt, resilience::attempt_failure failure,
                                                   steady_time now);
  void on_cancelled(std::uint32_t attempt, steady_time now);

  /// After an action said `queued`: `woken` runs once when the turn has come.
  /// @returns false, without keeping it, when the turn has come already.
  [[nodiscard]] bool await_turn(turn_callback woken);
  /// The wait is over, because the turn came or because the time given in the action is up.
  /// @returns what to do now.
  [[nodiscard]] resilience::plan_action end_wait(steady_time now);

  [[nodiscard]] const line& along() const noexcept { return *line_; }
  /// Sends so far, hedges left aside.
  [[nodiscard]] std::size_t sends() const noexcept { return plan_.sends(); }
  [[nodiscard]] bool hedged() const noexcept { return plan_.hedged(); }

private:
  template <class Step> auto under_lock(steady_time now, Step&& step);
  void note_queued(const resilience::plan_action& action);
  void serve_queues(steady_time now, std::vector<turn_callback>& woken);
  void take_turn(steady_time now, std::vector<turn_callback>& woken);

  switchboard& board_;
  std::shared_ptr<line> line_;
  resilience::waiter_id id_;
  resilience::fallback_plan plan_;
  steady_time latest_{}; ///< the last time that was told: nobody tells it to the destructor
  bool queued_ = false;  ///< others may reach the plan: since it was queued until the end of the wait
  turn_callback woken_;  ///< guarded by the board
  std::optional<resilience::plan_action> turn_; ///< guarded by the board
};

} // namespace inferenceflow::dispatch
