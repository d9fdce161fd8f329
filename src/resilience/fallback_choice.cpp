// Who of the chain can be asked, and the sending itself.
#include "resilience/fallback_plan.h"

#include <algorithm>
#include <bit>

namespace inferenceflow::resilience {

namespace {

constexpr candidate_set bit(std::size_t candidate) noexcept {
  return candidate_set{1} << candidate;
}

constexpr candidate_set first_bits(std::size_t count) noexcept {
  return count >= fallback_plan::k_candidates_max ? ~candidate_set{0} : bit(count) - 1;
}

constexpr std::size_t lowest(candidate_set set) noexcept {
  return static_cast<std::size_t>(std::countr_zero(set));
}

} // namespace

candidate_set fallback_plan::remaining() const noexcept {
  return first_bits(candidates_.size()) & ~excluded_;
}

candidate_set fallback_plan::usable(candidate_set among, steady_time now) const noexcept {
  candidate_set well = 0;
  candidate_set sick = 0;
  for (; among != 0; among &= among - 1) {
    const std::size_t at = lowest(among);
    const target& to = *candidates_[at].to;
    if (to.rests_until <= now && to.any_key(now) && to.breaker.allows(now)) {
      (to.on.wellness.usable(now) ? well : sick) |= bit(at);
    }
  }
  // When all are sick the judgement is more likely wrong than all of them are dead: ask anyway.
  return well != 0 ? well : sick;
}

candidate_set fallback_plan::with_place(candidate_set among) const noexcept {
  candidate_set found = 0;
  for (; among != 0; among &= among - 1) {
    const std::size_t at = lowest(among);
    found |= candidates_[at].to->on.has_place() ? bit(at) : 0;
  }
  return found;
}

std::size_t fallback_plan::choose(candidate_set among, steady_time now) {
  std::size_t first = 0;
  for (const plan_group& group : groups_) {
    if (first >= k_candidates_max) {
      break;
    }
    const candidate_set inside = (among >> first) & first_bits(group.count);
    if (inside != 0) {
      const auto chosen = group.choice != nullptr
                              ? group.choice->choose(inside, request_.prefix_hash, now, services_.random)
                              : std::nullopt;
      return first + chosen.value_or(lowest(inside));
    }
    first += group.count;
  }
  return lowest(among);
}

/// When the first candidate that only has to be waited for can be asked: its key or itself sits out by its own word. An
/// open breaker is not waited for: it exists so that requests fail fast; the client is told when it will let some
/// through.
steady_time fallback_plan::usable_at(steady_time now) {
  steady_time earliest = steady_time::max();
  for (candidate_set rest = remaining(); rest != 0; rest &= rest - 1) {
    const target& to = *candidates_[lowest(rest)].to;
    const steady_time at = std::max({to.rests_until, to.key_good_at(), to.breaker.retry_at(now)});
    told_.note_retry_at(at);
    if (to.breaker.allows(now)) {
      earliest = std::min(earliest, at);
    }
  }
  return earliest;
}

plan_action fallback_plan::advance(steady_time now) {
  const candidate_set able = usable(remaining(), now);
  if (able == 0) {
    return try_again(fault::rate_limited, now);
  }
  const candidate_set fresh = (able & ~tried_) != 0 ? able & ~tried_ : able;
  if (const candidate_set free = with_place(fresh); free != 0) {
    return launch(choose(free, now), false, now);
  }
  return enqueue(fresh, now);
}

plan_action fallback_plan::launch(std::size_t candidate, bool hedge, steady_time now) {
  target& to = *candidates_[candidate].to;
  call& started = calls_[calls_[0].active ? 1 : 0];
  started = {.active = true, .hedge = hedge, .attempt = ++last_attempt_, .candidate = candidate, .sent = now};
  started.permit = to.breaker.enter(now);
  started.key = to.choose_key(now).value_or(0);
  [[maybe_unused]] const bool placed = to.on.places.try_acquire();
  to.load.started(request_.tokens);
  plan_action action{
      .step = plan_step::send, .hedge = hedge, .attempt = started.attempt, .candidate = candidate, .key = started.key};
  if (hedge) {
    hedged_ = true;
    return action;
  }
  ++sends_;
  paid_ = false;
  if (!hedged_ && request_.streamed && candidates_.size() > 1) {
    if (const auto delay = services_.hedges.delay(to.first_tokens, request_.side_effects)) {
      started.hedge_at = now + *delay;
      action.hedge_at = started.hedge_at;
    }
  }
  return action;
}

plan_action fallback_plan::enqueue(candidate_set among, steady_time now) {
  while (among != 0) {
    const std::size_t candidate = choose(among, now);
    admission_queue& queue = candidates_[candidate].to->on.waiting;
    const admission_verdict verdict = queue.offer(request_.id, deadline_, now);
    if (verdict.queued) {
      queued_for_ = candidate;
      return {.step = plan_step::queued, .candidate = candidate, .at = verdict.deadline};
    }
    told_.note(
        {.what = fault::overloaded, .retry_after = verdict.retry_after, .told = queue.refusal(verdict.retry_after)},
        now);
    among &= ~bit(candidate);
  }
  return give_up(now);
}

plan_action fallback_plan::on_hedge_due(steady_time now) {
  const call* first = other_than(nullptr);
  if (over_ || delivered_ || hedged_ || first == nullptr || now < first->hedge_at || now >= deadline_) {
    return {};
  }
  const candidate_set others = usable(remaining() & ~tried_ & ~bit(first->candidate), now);
  const candidate_set free = with_place(others);
  if (free == 0 || !services_.hedges.try_hedge(now)) {
    return {};
  }
  return launch(choose(free, now), true, now);
}

} // namespace inferenceflow::resilience
