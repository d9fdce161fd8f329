/// One request on its way through a chain of backends: after each event, what to do next.
///
/// Role:      the pipeline asks it and does what it says; it holds every place, permit and budget of the request.
/// Lifecycle: begin() once; then one call per event until the answer is complete or an action says give_up. Whatever is
///            held is given back when an attempt ends, at the latest in the destructor.
/// Threading: that of the targets it names.
/// Bounds:    attempts_max sends and one hedge; two calls at a time; k_candidates_max candidates. After the first byte
/// of
///            an answer nothing is sent again.
/// Source:    the machines it ties together name theirs.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "resilience/backend.h"
#include "resilience/balancer.h"
#include "resilience/fault.h"
#include "resilience/random_stream.h"
#include "resilience/retry_budget.h"
#include "resilience/retry_policy.h"
#include "resilience/told_error.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace inferenceflow::resilience {

struct plan_settings {
  bool filtered_goes_on = false; ///< ask the next candidate when a provider's content filter refused
  fault_set breaker_failures{fault::connect_failed, fault::no_first_byte, fault::broken, fault::server_error,
                             fault::overloaded};                      ///< what opens a breaker
  fault_set sick_faults{fault::connect_failed, fault::no_first_byte}; ///< what makes the whole backend sick
};

/// What all requests share; outlives every plan.
struct plan_services {
  const plan_settings& settings;
  const retry_policy& retries;
  retry_budget& budget;
  hedge_policy& hedges;
  random_stream& random;
};

struct plan_candidate {
  target* to = nullptr;                 ///< never null
  std::uint64_t context_tokens_max = 0; ///< 0 = unknown
};

/// Neighbours in the chain that are as good as each other.
struct plan_group {
  balancer* choice = nullptr; ///< its members are the group's candidates, in order; null = the first usable one
  std::size_t count = 1;
};

/// Candidates in order of preference, and how many of them stand together; without groups each stands alone.
struct plan_chain {
  std::span<const plan_candidate> candidates = {};
  std::span<const plan_group> groups = {};
};

struct plan_request {
  waiter_id id = 0;              ///< in the queues; unique among requests under way
  std::uint64_t tokens = 0;      ///< prompt plus expected answer
  candidate_set excluded = 0;    ///< not to be asked: they have had their chance
  std::uint64_t prefix_hash = 0; ///< of the conversation's beginning, for sticky groups
  bool streamed = true;          ///< others have no first token to wait for: never hedged
  bool side_effects = false;     ///< sending it twice may do something twice: no hedge; resent only if surely not begun
  steady_time deadline = steady_time::max(); ///< the retry policy's may end it earlier
};

enum class plan_step : std::uint8_t {
  none,    ///< another attempt is still under way, or all is over
  send,    ///< send to `candidate` with `key`; then tell how `attempt` went
  wait,    ///< call resume() at `at`
  queued,  ///< call on_dequeued() when the candidate's queue names the request, leave_queue() at `at`
  give_up, ///< tell the client `why`
};

struct plan_action {
  plan_step step = plan_step::none;
  bool hedge = false;                       ///< the send is a second one beside another
  std::uint32_t attempt = 0;                ///< names the call in on_…()
  std::size_t candidate = 0;                ///< index in the chain; with wait: meaningless, it is chosen then
  std::size_t key = 0;                      ///< index of the API key
  steady_time at{};                         ///< wait: when to resume; queued: when to leave the queue
  std::optional<steady_time> hedge_at = {}; ///< send: call on_hedge_due() then, unless the first byte came before
  std::optional<std::uint32_t> cancel = {}; ///< give_up: an attempt that has become pointless
  error why = {};
  std::uint32_t told_attempt = 0; ///< give_up: whose error `why` is; 0 = of no call
};

class fallback_plan {
public:
  static constexpr std::size_t k_candidates_max = 64;

  /// @param services, chain  and all that they point to outlive the plan. More than k_candidates_max are left out.
  fallback_plan(const plan_services& services, const plan_chain& chain, const plan_request& request) noexcept;
  ~fallback_plan();
  fallback_plan(const fallback_plan&) = delete;
  fallback_plan& operator=(const fallback_plan&) = delete;

  /// The request arrived. @returns send, wait, queued or give_up.
  [[nodiscard]] plan_action begin(steady_time now);
  /// The wait is over. @returns as begin().
  [[nodiscard]] plan_action resume(steady_time now);
  /// The queue named this request. @returns as begin().
  [[nodiscard]] plan_action on_dequeued(steady_time now);
  /// The request has waited long enough: takes it out of the queue. @returns give_up; none if it was not waiting.
  [[nodiscard]] plan_action leave_queue(steady_time now);
  /// Gives everything back that is held, as the destructor does. Nothing else may be called afterwards.
  void abandon() noexcept;
  /// The time in hedge_at came. @returns send with hedge, or none.
  [[nodiscard]] plan_action on_hedge_due(steady_time now);

  /// The first byte of an attempt's answer is about to go to the client. @returns an attempt that lost: cancel it, and
  /// call on_cancelled(). It may be `attempt` itself when the other was faster: then its byte must not be sent.
  [[nodiscard]] std::optional<std::uint32_t> on_first_byte(std::uint32_t attempt, steady_time now);
  /// An attempt's answer is complete. @param answered_tokens  produced. @returns as on_first_byte().
  [[nodiscard]] std::optional<std::uint32_t> on_success(std::uint32_t attempt, std::uint64_t answered_tokens,
                                                        steady_time now);
  /// An attempt failed. @returns any step; give_up after the first byte, with the failure's own error.
  [[nodiscard]] plan_action on_failure(std::uint32_t attempt, attempt_failure failure, steady_time now);
  /// An attempt was cancelled by the caller; nobody's fault.
  void on_cancelled(std::uint32_t attempt, steady_time now) noexcept;

  /// Neither a place nor a permit nor a turn in a queue is held: abandon() would do nothing.
  [[nodiscard]] bool holds_nothing() const noexcept { return !calls_[0].active && !calls_[1].active && !queued_for_; }
  /// Sends so far, the hedge left aside.
  [[nodiscard]] std::size_t sends() const noexcept { return sends_; }
  [[nodiscard]] bool hedged() const noexcept { return hedged_; }
  /// No attempt begins later than this.
  [[nodiscard]] steady_time deadline() const noexcept { return deadline_; }

private:
  struct call {
    bool active = false;
    bool hedge = false;
    bool first_byte = false;
    std::uint32_t attempt = 0;
    std::size_t candidate = 0;
    std::size_t key = 0;
    breaker_permit permit = {};
    steady_time sent{};
    steady_time hedge_at = steady_time::max();
  };

  // fallback_choice.cpp: who can be asked.
  [[nodiscard]] candidate_set remaining() const noexcept;
  [[nodiscard]] candidate_set usable(candidate_set among, steady_time now) const noexcept;
  [[nodiscard]] candidate_set with_place(candidate_set among) const noexcept;
  [[nodiscard]] std::size_t choose(candidate_set among, steady_time now);
  [[nodiscard]] steady_time usable_at(steady_time now);
  [[nodiscard]] plan_action advance(steady_time now);
  [[nodiscard]] plan_action launch(std::size_t candidate, bool hedge, steady_time now);
  [[nodiscard]] plan_action enqueue(candidate_set among, steady_time now);

  [[nodiscard]] plan_action try_again(fault what, steady_time now);
  [[nodiscard]] plan_action give_up(steady_time now);
  [[nodiscard]] bool may_go_on(const call& failed, fault what, steady_time now);
  [[nodiscard]] call* find(std::uint32_t attempt) noexcept;
  [[nodiscard]] call* other_than(const call* one) noexcept;
  [[nodiscard]] target& target_of(const call& one) const noexcept { return *candidates_[one.candidate].to; }
  void drop_permit(const call& ended) noexcept;
  void release(call& ended) noexcept;
  void learn_from_failure(call& failed, const attempt_failure& failure, steady_time now);

  plan_services services_;
  std::span<const plan_candidate> candidates_;
  std::span<const plan_group> groups_;
  plan_request request_;
  steady_time deadline_{};
  candidate_set tried_ = 0;    ///< failed in this round
  candidate_set excluded_ = 0; ///< cannot answer this request at all
  std::array<call, 2> calls_{};
  std::uint32_t last_attempt_ = 0;
  std::size_t sends_ = 0;
  bool hedged_ = false;
  bool paid_ = false; ///< the next send is in the budget already, or costs none
  bool delivered_ = false;
  bool over_ = false;
  std::optional<std::size_t> queued_for_ = {}; ///< candidate in whose queue the request waits
  told_error told_;
};

} // namespace inferenceflow::resilience
