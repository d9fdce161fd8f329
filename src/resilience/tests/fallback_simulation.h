/// Thousands of requests against scripted backends, event by event in simulated time.
#pragma once

#include "resilience/fallback_plan.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <utility>
#include <vector>

namespace inferenceflow::resilience::testing {

using std::chrono::nanoseconds;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

/// How a backend behaves.
struct script {
  double fault_share = 0; ///< of the calls
  std::vector<fault> faults{fault::server_error, fault::connect_failed, fault::broken, fault::no_first_byte};
  std::function<bool(nanoseconds)> down = {}; ///< since the start: fails every call
  nanoseconds first_token{200ms};             ///< median; jitter is -50 % to +50 %
  double slow_share = 0;                      ///< of the calls take twenty times as long to the first token
  nanoseconds answer{500ms};                  ///< from the first token to the end
  double breaks_share = 0;                    ///< of the streams break after the first byte
  std::size_t calls_per_s = SIZE_MAX;         ///< above it: 429
  std::optional<std::chrono::milliseconds> retry_after = {};
};

struct tally {
  std::uint64_t requests = 0;
  std::uint64_t answered = 0;
  std::uint64_t broken_after_first_byte = 0; ///< nobody can repair those
  std::uint64_t sends = 0;
  std::uint64_t retries = 0;
  std::uint64_t hedges = 0;
  std::uint64_t sent_after_first_byte = 0; ///< must stay 0
  std::uint64_t first_bytes_twice = 0;     ///< must stay 0
  std::map<error_kind, std::uint64_t> refused;
  std::vector<nanoseconds> waits; ///< to the first byte, as the client sees it

  [[nodiscard]] double availability() const {
    return static_cast<double>(answered) / static_cast<double>(requests - broken_after_first_byte);
  }
  [[nodiscard]] double wait_ms(double share) {
    std::sort(waits.begin(), waits.end());
    return static_cast<double>(
               waits.at(static_cast<std::size_t>(share * static_cast<double>(waits.size() - 1))).count()) /
           1e6;
  }
};

class simulation {
public:
  explicit simulation(std::vector<script> scripts, std::uint64_t seed = 1, hedge_settings hedging = {},
                      backend_settings behind = {})
      : scripts_(std::move(scripts))
      , hedges_(hedging)
      , random_(seed)
      , script_random_(seed + 1)
      , calls_this_second_(scripts_.size()) {
    for (std::size_t i = 0; i < scripts_.size(); ++i) {
      backends_.emplace_back(behind);
      targets_.emplace_back(backends_.back(), target_settings{.hedging = hedging});
      chain_.push_back({.to = &targets_.back()});
    }
  }

  /// Puts all candidates into one group.
  void balance(balance_policy policy) {
    std::vector<balanced_target> members;
    for (target& one : targets_) {
      members.push_back({.load = &one.load, .identity = members.size()});
    }
    group_ = std::make_unique<balancer>(balancer_settings{.policy = policy}, std::move(members));
    groups_ = {{.choice = group_.get(), .count = targets_.size()}};
  }

  /// @param requests  arrive at random, `rate_per_s` of them each second on average.
  tally& run(std::uint64_t requests, std::uint32_t rate_per_s) {
    steady_time arrival = start_;
    for (waiter_id i = 0; i < backends_.size(); ++i) {
      plan_event(10s, happening::probe, i);
    }
    const nanoseconds mean = nanoseconds{1s} / rate_per_s;
    for (std::uint64_t n = 0; n < requests; ++n) {
      arrival += nanoseconds{static_cast<std::int64_t>(2 * script_random_.unit() * static_cast<double>(mean.count()))};
      while (!events_.empty() && events_.top().at <= arrival) {
        run_next();
      }
      move_to(arrival);
      arrive();
    }
    while (!live_.empty()) {
      run_next();
    }
    return tally_;
  }

  void expect_nothing_held() const {
    EXPECT_TRUE(live_.empty());
    for (std::size_t i = 0; i < backends_.size(); ++i) {
      EXPECT_EQ(backends_[i].places.in_flight(), 0U);
      EXPECT_EQ(backends_[i].waiting.size(), 0U);
      EXPECT_EQ(targets_[i].load.outstanding_calls(), 0U);
      EXPECT_EQ(targets_[i].load.outstanding_tokens(), 0U);
    }
  }
  [[nodiscard]] const backend& backend_at(std::size_t i) const { return backends_[i]; }
  [[nodiscard]] std::uint64_t calls_to(std::size_t i) const { return calls_to_.at(i); }

private:
  enum class happening : std::uint8_t { resume, hedge_due, first_byte, success, failure, queue_check, probe };
  struct event {
    steady_time at;
    std::uint64_t order;
    happening what;
    waiter_id request;
    std::uint32_t attempt;
    fault how;
    bool operator>(const event& other) const { return std::pair{at, order} > std::pair{other.at, other.order}; }
  };
  struct life {
    std::unique_ptr<fallback_plan> plan;
    steady_time arrived;
    steady_time queued_until = {};
    bool first_byte = false;
    std::map<std::uint32_t, std::size_t> running = {}; ///< attempt → candidate
  };

  void move_to(steady_time at) { clock_.advance(at - clock_.steady_now()); }
  [[nodiscard]] steady_time now() const { return clock_.steady_now(); }
  void plan_event(nanoseconds after, happening what, waiter_id request, std::uint32_t attempt = 0,
                  fault how = fault::broken) {
    events_.push({now() + after, next_order_++, what, request, attempt, how});
  }

  void arrive() {
    const waiter_id id = next_id_++;
    ++tally_.requests;
    life& one = live_[id];
    one.arrived = now();
    one.plan =
        std::make_unique<fallback_plan>(services_, plan_chain{.candidates = chain_, .groups = groups_},
                                        plan_request{.id = id, .tokens = 300, .prefix_hash = mix_bits(id % 1'000)});
    follow(id, one.plan->begin(now()));
  }

  void follow(waiter_id id, const plan_action& action) {
    switch (action.step) {
    case plan_step::none: return;
    case plan_step::send: return send(id, action);
    case plan_step::wait: return plan_event(action.at - now(), happening::resume, id);
    case plan_step::queued:
      live_.at(id).queued_until = action.at;
      return plan_event(action.at - now(), happening::queue_check, id);
    case plan_step::give_up: break;
    }
    life& one = live_.at(id);
    if (one.first_byte) {
      ++tally_.broken_after_first_byte;
    } else {
      ++tally_.refused[action.why.kind];
    }
    if (action.cancel) {
      cancel(id, *action.cancel);
    }
    live_.erase(id);
  }

  void send(waiter_id id, const plan_action& action) {
    life& one = live_.at(id);
    tally_.sent_after_first_byte += one.first_byte ? 1U : 0U;
    ++tally_.sends;
    tally_.hedges += action.hedge ? 1U : 0U;
    tally_.retries += !action.hedge && one.plan->sends() > 1 ? 1U : 0U;
    one.running[action.attempt] = action.candidate;
    ++calls_to_[action.candidate];
    if (action.hedge_at) {
      plan_event(*action.hedge_at - now(), happening::hedge_due, id);
    }
    answer(id, action.attempt, action.candidate);
  }

  /// The backend decides how it will answer.
  void answer(waiter_id id, std::uint32_t attempt, std::size_t candidate) {
    const script& plays = scripts_[candidate];
    auto& [second, calls] = calls_this_second_[candidate];
    const auto this_second = std::chrono::floor<std::chrono::seconds>(now().time_since_epoch()).count();
    calls = second == this_second ? calls + 1 : 1;
    second = this_second;
    if (plays.down && plays.down(now() - start_)) {
      return plan_event(5ms, happening::failure, id, attempt, fault::connect_failed);
    }
    if (calls > plays.calls_per_s) {
      return plan_event(5ms, happening::failure, id, attempt, fault::rate_limited);
    }
    if (script_random_.unit() < plays.fault_share) {
      const fault how = plays.faults[script_random_.below(static_cast<std::uint32_t>(plays.faults.size()))];
      return plan_event(how == fault::no_first_byte ? 2s : 20ms, happening::failure, id, attempt, how);
    }
    const double factor = (0.5 + script_random_.unit()) * (script_random_.unit() < plays.slow_share ? 20 : 1);
    const nanoseconds first{static_cast<std::int64_t>(static_cast<double>(plays.first_token.count()) * factor)};
    plan_event(first, happening::first_byte, id, attempt);
    if (script_random_.unit() < plays.breaks_share) {
      plan_event(first + plays.answer / 2, happening::failure, id, attempt, fault::broken);
    } else {
      plan_event(first + plays.answer, happening::success, id, attempt);
    }
  }

  void run_next() {
    const event next = events_.top();
    events_.pop();
    move_to(next.at);
    if (next.what == happening::probe) {
      return probe(static_cast<std::size_t>(next.request));
    }
    const auto found = live_.find(next.request);
    if (found == live_.end()) {
      return;
    }
    life& one = found->second;
    const bool of_attempt =
        next.what == happening::first_byte || next.what == happening::success || next.what == happening::failure;
    if (of_attempt && !one.running.contains(next.attempt)) {
      return; // cancelled meanwhile
    }
    switch (next.what) {
    case happening::resume: return follow(next.request, one.plan->resume(now()));
    case happening::hedge_due: return follow(next.request, one.plan->on_hedge_due(now()));
    case happening::queue_check: return leave_queue(next.request, one);
    case happening::probe: return;
    case happening::first_byte: return first_byte(next.request, one, next.attempt);
    case happening::success: return success(next.request, one, next.attempt);
    case happening::failure: return failure(next.request, one, next.attempt, next.how);
    }
  }

  /// Active probing as its caller does it: when due, and again when that has moved.
  void probe(std::size_t candidate) {
    health& wellness = backends_[candidate].wellness;
    if (wellness.probe_due_at() <= now()) {
      const script& plays = scripts_[candidate];
      wellness.probed(!plays.down || !plays.down(now() - start_), now(), random_);
    }
    plan_event(std::max<nanoseconds>(wellness.probe_due_at() - now(), 1ms), happening::probe, candidate);
  }

  void first_byte(waiter_id id, life& one, std::uint32_t attempt) {
    const auto loser = one.plan->on_first_byte(attempt, now());
    if (loser != attempt) {
      tally_.first_bytes_twice += one.first_byte ? 1U : 0U;
      one.first_byte = true;
      tally_.waits.push_back(now() - one.arrived);
    }
    if (loser) {
      cancel(id, *loser);
    }
  }

  void success(waiter_id id, life& one, std::uint32_t attempt) {
    const std::size_t candidate = one.running.at(attempt);
    one.running.erase(attempt);
    EXPECT_EQ(one.plan->on_success(attempt, 100, now()), std::nullopt); // the first byte has settled it
    ++tally_.answered;
    live_.erase(id);
    serve_queue(candidate);
  }

  void failure(waiter_id id, life& one, std::uint32_t attempt, fault how) {
    const std::size_t candidate = one.running.at(attempt);
    one.running.erase(attempt);
    const error_kind kind = how == fault::rate_limited ? error_kind::rate_limited : error_kind::upstream_failed;
    const auto retry_after = how == fault::rate_limited ? scripts_[candidate].retry_after : std::nullopt;
    follow(id, one.plan->on_failure(attempt, {.what = how, .retry_after = retry_after, .told = make_error(kind, "")},
                                    now()));
    serve_queue(candidate);
  }

  void cancel(waiter_id id, std::uint32_t attempt) {
    life& one = live_.at(id);
    const std::size_t candidate = one.running.at(attempt);
    one.running.erase(attempt);
    one.plan->on_cancelled(attempt, now());
    serve_queue(candidate);
  }

  void serve_queue(std::size_t candidate) {
    while (const auto id = backends_[candidate].next_waiter(now())) {
      follow(*id, live_.at(*id).plan->on_dequeued(now()));
    }
  }

  void leave_queue(waiter_id id, life& one) {
    if (one.queued_until <= now()) { // else it was called, and stands in line again
      follow(id, one.plan->leave_queue(now()));
    }
  }

  std::vector<script> scripts_;
  manual_clock clock_;
  steady_time start_ = clock_.steady_now();
  plan_settings settings_;
  retry_policy retries_{{}};
  retry_budget budget_{{}};
  hedge_policy hedges_;
  random_stream random_;
  random_stream script_random_;
  plan_services services_{settings_, retries_, budget_, hedges_, random_};
  std::deque<backend> backends_;
  std::deque<target> targets_;
  std::vector<plan_candidate> chain_;
  std::unique_ptr<balancer> group_;
  std::vector<plan_group> groups_;
  std::map<waiter_id, life> live_;
  std::priority_queue<event, std::vector<event>, std::greater<>> events_;
  std::vector<std::pair<std::int64_t, std::size_t>> calls_this_second_; ///< per backend: the second, its calls
  std::map<std::size_t, std::uint64_t> calls_to_;
  std::uint64_t next_order_ = 0;
  waiter_id next_id_ = 0;
  tally tally_;
};

} // namespace inferenceflow::resilience::testing
