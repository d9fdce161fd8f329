#include "pipeline/life.h"

#include "pipeline/refusals.h"

#include <variant>

namespace inferenceflow::pipeline {

life::life(const services& shared, std::shared_ptr<const generation> now, net::event_loop& loop, loop_state& state,
           const request& asked, reply& out, client who)
    : shared_(shared)
    , now_(std::move(now))
    , loop_(loop)
    , state_(state)
    , asked_(asked)
    , out_(out)
    , client_(who)
    , similar_(shared, now_, loop, state, asked) {
  ended_.streamed = asked.facts.stream;
}

net::task<void> life::live() {
  route_ = now_->routes->find(asked_.facts.model);
  if (asked_.from_batch != nullptr) {
    route_ = route_of_answer();
  }
  if (!route_) {
    const error unknown = unknown_model(asked_.facts.model);
    co_return co_await refuse(unknown);
  }
  ended_.route = route_.get();
  plan_ = plan_cache(asked_, *route_, now_->settings->cache);
  if (asked_.from_batch != nullptr) {
    co_return co_await take_answer();
  }
  if (const auto found = look_up(); found && co_await serve_hit(*found, plan_.answer_key)) {
    co_return;
  }
  if (plan_.lookup) {
    bool served = co_await serve_same();
    if (!served) {
      served = co_await serve_similar();
    }
    if (served) {
      co_return;
    }
  }
  if (asked_.kept_only) {
    shared_.metrics.request_withdrawn();
    co_return;
  }
  ended_.cache = plan_.store ? cache_state::miss : cache_state::bypass;
  if (!plan_.coalesce) {
    auto leader = cache::inflight_leader::alone();
    co_return co_await attempt(leader);
  }
  auto joined = shared_.inflight.join(plan_.running_key);
  if (auto* leading = std::get_if<cache::inflight_follower>(&joined)) {
    co_return co_await follow(*leading);
  }
  similar_.begin(plan_);
  co_await attempt(std::get<cache::inflight_leader>(joined));
}

net::task<void> life::refuse(const error& why) {
  ended_.failure = why.kind;
  ended_.charged = false;
  if (!client_gone()) {
    const answer_note note = price(ended_, shared_.clock.wall_now());
    co_await out_.refuse(why, note);
  }
  ended_.status = client_gone() ? k_client_closed_request : out_.status();
  co_await conclude();
}

net::task<answer_note> life::conclude() {
  if (client_gone()) {
    ended_.status = k_client_closed_request;
    ended_.failure = error_kind::cancelled;
  }
  if (ended_.cache == cache_state::miss && ended_.first_byte_at && route_->pad_hits) {
    shared_.pace.record(route_->identity, *ended_.first_byte_at - asked_.started);
  }
  const answer_note note = price(ended_, shared_.clock.wall_now());
  settle_budget(note.cost);
  co_await settle(shared_, *now_->settings, asked_, ended_, note, loop_);
  co_return note;
}

bool life::client_gone() const noexcept {
  return client_.scope().cancelled();
}

} // namespace inferenceflow::pipeline
