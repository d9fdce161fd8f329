#include "resilience/fallback_plan.h"

#include <algorithm>
#include <utility>

namespace inferenceflow::resilience {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds k_rest_max{3'600'000};

/// The backend refused before it did anything: resending cannot do something twice.
constexpr fault_set k_surely_not_begun{fault::connect_failed, fault::rate_limited, fault::overloaded};
/// Backend and model answered as they should; what was asked of them, or with which key, was wrong.
constexpr fault_set k_answered{fault::context_too_long, fault::content_filtered, fault::client_fault,
                               fault::model_missing};
/// Another candidate may do better although nothing is wrong with the network: costs no retry budget.
constexpr fault_set k_next_candidate{fault::key_refused,   fault::key_forbidden,    fault::quota_exhausted,
                                     fault::model_missing, fault::context_too_long, fault::content_filtered,
                                     fault::unsupported};

} // namespace

fallback_plan::fallback_plan(const plan_services& services, const plan_chain& chain,
                             const plan_request& request) noexcept
    : services_(services)
    , candidates_(chain.candidates.first(std::min(chain.candidates.size(), k_candidates_max)))
    , groups_(chain.groups)
    , request_(request)
    , excluded_(request.excluded) {}

fallback_plan::~fallback_plan() {
  abandon();
}

void fallback_plan::abandon() noexcept {
  over_ = true;
  for (call& one : calls_) {
    if (one.active) {
      drop_permit(one);
      target_of(one).load.dropped(request_.tokens);
      release(one);
    }
  }
  if (queued_for_) {
    candidates_[*std::exchange(queued_for_, std::nullopt)].to->on.waiting.cancel(request_.id);
  }
}

plan_action fallback_plan::begin(steady_time now) {
  deadline_ = std::min<steady_time>(request_.deadline, now + services_.retries.settings().deadline);
  services_.budget.on_request(now);
  services_.hedges.on_request(now);
  return advance(now);
}

plan_action fallback_plan::resume(steady_time now) {
  if (over_ || delivered_ || other_than(nullptr) != nullptr) {
    return {};
  }
  if (now >= deadline_) {
    return give_up(now);
  }
  return advance(now);
}

plan_action fallback_plan::on_dequeued(steady_time now) {
  if (!queued_for_) {
    return {};
  }
  const std::size_t candidate = *std::exchange(queued_for_, std::nullopt);
  const bool able = usable(candidate_set{1} << candidate, now) != 0 && candidates_[candidate].to->on.places.has_place();
  return able ? launch(candidate, false, now) : advance(now);
}

plan_action fallback_plan::leave_queue(steady_time now) {
  if (!queued_for_) {
    return {};
  }
  admission_queue& queue = candidates_[*std::exchange(queued_for_, std::nullopt)].to->on.waiting;
  queue.cancel(request_.id);
  const auto wait =
      std::max(std::chrono::ceil<std::chrono::seconds>(queue.wait_estimate(now)), std::chrono::seconds{1});
  told_.note({.what = fault::overloaded, .retry_after = wait, .told = queue.refusal(wait)}, now);
  return give_up(now);
}

fallback_plan::call* fallback_plan::find(std::uint32_t attempt) noexcept {
  for (call& one : calls_) {
    if (one.active && one.attempt == attempt) {
      return &one;
    }
  }
  return nullptr;
}

fallback_plan::call* fallback_plan::other_than(const call* one) noexcept {
  for (call& other : calls_) {
    if (other.active && &other != one) {
      return &other;
    }
  }
  return nullptr;
}

void fallback_plan::drop_permit(const call& ended) noexcept {
  if (!ended.first_byte) { // the first byte has settled it
    target_of(ended).breaker.dropped(ended.permit);
  }
}

void fallback_plan::release(call& ended) noexcept {
  target_of(ended).on.places.release();
  ended.active = false;
}

std::optional<std::uint32_t> fallback_plan::on_first_byte(std::uint32_t attempt, steady_time now) {
  call* const first = find(attempt);
  if (first == nullptr || first->first_byte) {
    return std::nullopt;
  }
  if (delivered_) {
    return attempt;
  }
  delivered_ = true;
  first->first_byte = true;
  target& to = target_of(*first);
  to.breaker.succeeded(first->permit, now);
  to.on.wellness.call_succeeded(now);
  to.first_tokens.record(now - first->sent, now);
  to.on.places.first_token(now - first->sent, now);
  const call* const loser = other_than(first);
  return loser != nullptr ? std::optional{loser->attempt} : std::nullopt;
}

std::optional<std::uint32_t> fallback_plan::on_success(std::uint32_t attempt, std::uint64_t answered_tokens,
                                                       steady_time now) {
  call* const ended = find(attempt);
  if (ended == nullptr) {
    return std::nullopt;
  }
  target& to = target_of(*ended);
  if (!ended->first_byte) {
    to.breaker.succeeded(ended->permit, now);
    to.on.places.answered(now);
  }
  to.load.finished(request_.tokens, answered_tokens, now - ended->sent, now);
  to.on.wellness.call_succeeded(now);
  to.key_succeeded(ended->key);
  release(*ended);
  delivered_ = true;
  over_ = true;
  const call* const loser = other_than(nullptr);
  return loser != nullptr ? std::optional{loser->attempt} : std::nullopt;
}

void fallback_plan::on_cancelled(std::uint32_t attempt, steady_time now) noexcept {
  call* const ended = find(attempt);
  if (ended == nullptr) {
    return;
  }
  target& to = target_of(*ended);
  // It had not answered by now: leaving that out would make a slow backend look as fast as the calls that it won.
  if (!ended->first_byte && !ended->hedge && hedged_) {
    to.first_tokens.record(now - ended->sent, now);
  }
  drop_permit(*ended);
  to.load.dropped(request_.tokens);
  release(*ended);
}

void fallback_plan::learn_from_failure(call& failed, const attempt_failure& failure, steady_time now) {
  target& to = target_of(failed);
  to.load.dropped(request_.tokens);
  if (services_.settings.breaker_failures.contains(failure.what)) {
    to.breaker.failed(failed.permit, now);
  } else if (k_answered.contains(failure.what) && !failed.first_byte) {
    to.breaker.succeeded(failed.permit, now);
  } else {
    drop_permit(failed);
  }
  if (services_.settings.sick_faults.contains(failure.what)) {
    to.on.wellness.call_failed(now);
  } else if (k_answered.contains(failure.what)) {
    to.on.wellness.call_succeeded(now);
  }
  to.key_failed(failed.key, failure.what, failure.retry_after, now);
  if (failure.what == fault::rate_limited || failure.what == fault::overloaded) {
    to.on.places.refused(now);
  }
  if (failure.what == fault::overloaded && failure.retry_after) {
    to.rests_until = std::max<steady_time>(to.rests_until, now + std::min(*failure.retry_after, k_rest_max));
  }
  release(failed);
}

plan_action fallback_plan::on_failure(std::uint32_t attempt, attempt_failure failure, steady_time now) {
  call* const failed = find(attempt);
  if (failed == nullptr) {
    return {};
  }
  if (!failure.retry_after && failure.told.retry_after) {
    failure.retry_after = *failure.told.retry_after;
  }
  const fault what = failure.what;
  if (what == fault::unsupported) {
    --sends_; // nothing was sent
  }
  learn_from_failure(*failed, failure, now);
  if (failed->first_byte) {
    over_ = true;
    return {.step = plan_step::give_up, .why = std::move(failure.told), .told_attempt = attempt};
  }
  if (over_ || delivered_) {
    return {}; // a loser that failed before it was cancelled
  }
  told_.note(std::move(failure), now, attempt);
  if (!may_go_on(*failed, what, now)) {
    return give_up(now);
  }
  if (other_than(nullptr) != nullptr) {
    return {}; // the hedge, or what it hedges, may still answer
  }
  const bool fresh = (usable(remaining(), now) & ~tried_) != 0;
  if (k_next_candidate.contains(what) && fresh && sends_ < services_.retries.settings().attempts_max &&
      now < deadline_) {
    paid_ = true;
    return advance(now);
  }
  return try_again(k_next_candidate.contains(what) ? fault::server_error : what, now);
}

/// Notes who cannot answer after this failure. @returns false when nobody can.
bool fallback_plan::may_go_on(const call& failed, fault what, steady_time now) {
  const candidate_set self = candidate_set{1} << failed.candidate;
  switch (what) {
  case fault::client_fault:
  case fault::cancelled: return false;
  case fault::content_filtered: excluded_ |= self; return services_.settings.filtered_goes_on;
  case fault::unsupported:
  case fault::model_missing: excluded_ |= self; return true;
  case fault::key_refused:
  case fault::key_forbidden:
  case fault::quota_exhausted:
    if (!target_of(failed).any_key(now)) {
      excluded_ |= self;
    }
    return true;
  case fault::context_too_long:
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      // Where a size is not known, another candidate is worth a try.
      const std::uint64_t size = candidates_[i].context_tokens_max;
      const std::uint64_t too_small = candidates_[failed.candidate].context_tokens_max;
      const bool larger = size == 0 || too_small == 0 ? i != failed.candidate : size > too_small;
      excluded_ |= larger ? 0 : candidate_set{1} << i;
    }
    return true;
  default: tried_ |= self; return !request_.side_effects || k_surely_not_begun.contains(what);
  }
}

plan_action fallback_plan::try_again(fault what, steady_time now) {
  const candidate_set able = usable(remaining(), now);
  const candidate_set fresh = able & ~tried_;
  retry_question asked{.what = what,
                       .attempts_made = sends_,
                       .delivered = delivered_,
                       .elsewhere = fresh != 0,
                       .now = now,
                       .deadline = deadline_};
  if (able == 0) {
    const steady_time at = usable_at(now);
    if (at == steady_time::max()) {
      return give_up(now);
    }
    asked.retry_after = at - now;
  }
  const retry_decision decided = services_.retries.decide(asked, services_.random);
  if (decided.verdict != retry_verdict::retry) {
    return give_up(now);
  }
  // Each further send is paid for once, however often the request waits before it.
  if (sends_ > 0 && !paid_) {
    if (!services_.budget.try_spend(now)) {
      return give_up(now);
    }
    paid_ = true;
  }
  if (fresh == 0) {
    tried_ = 0;
  }
  if (decided.delay.count() == 0) {
    return advance(now);
  }
  return {.step = plan_step::wait, .at = now + decided.delay};
}

plan_action fallback_plan::give_up(steady_time now) {
  over_ = true;
  const call* const running = other_than(nullptr);
  return {.step = plan_step::give_up,
          .cancel = running != nullptr ? std::optional{running->attempt} : std::nullopt,
          .why = told_.take(now),
          .told_attempt = told_.attempt()};
}

} // namespace inferenceflow::resilience
