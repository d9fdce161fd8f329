#include "pipeline/delivery.h"

#include "pipeline/call_of.h"
#include "pipeline/plan_of.h"
#include "pipeline/settle.h"

namespace inferenceflow::pipeline {

using resilience::plan_action;
using resilience::plan_step;

delivery::delivery(const services& shared, std::shared_ptr<const generation> now, net::event_loop& loop,
                   const request& asked, std::shared_ptr<dispatch::line> along, relay& stream, net::cancel_scope& scope,
                   const rewritten_request* instead)
    : shared_(shared)
    , now_(std::move(now))
    , loop_(loop)
    , asked_(asked)
    , stream_(stream)
    , scope_(scope)
    , line_(std::move(along))
    , journey_(std::make_unique<dispatch::journey>(shared.board, line_, plan_of(asked, *line_, shared.codecs)))
    , instead_(instead) {
  if (line_->continue_elsewhere && instead == nullptr && asked.facts.stream &&
      asked.op == wire::openai::operation::chat) {
    const dialogue::stream_wish wish{.model = asked.facts.model,
                                     .usage = asked.facts.include_usage,
                                     .created_s = to_unix_ms(shared.clock.wall_now()) / 1'000};
    retold_ = std::make_unique<retelling>(shared.codecs.of(asked.protocol), wish,
                                          now_->settings->upstream.event_bytes_max, stream);
  }
}

net::task<void> delivery::run() {
  return retold_ ? take_over() : follow_plan(); // no frame of its own
}

net::task<void> delivery::follow_plan() {
  plan_action next = journey_->begin(now());
  while (!done_) {
    if (scope_.cancelled()) {
      done_ = cancelled();
      break;
    }
    switch (next.step) {
    case plan_step::send: next = co_await send(next); break;
    case plan_step::wait:
      co_await pause(next.at);
      next = journey_->resume(now());
      break;
    case plan_step::queued:
      co_await wait_turn(next.at);
      next = journey_->end_wait(now());
      break;
    case plan_step::none:
    case plan_step::give_up: done_ = give_up(next); break;
    }
  }
}

const routing::route& delivery::route_of(const plan_action& ordered) const {
  return *journey_->along().routes[ordered.candidate];
}

net::task<plan_action> delivery::send(const plan_action& ordered) {
  if (calls_ > 0) {
    shared_.metrics.retried(route_of(ordered).provider);
  }
  if (ordered.hedge_at) {
    co_return co_await send_hedged(ordered);
  }
  attempt made{*this, ordered};
  auto got = co_await call(made, scope_);
  co_return settle(made, std::move(got));
}

providers::call delivery::call_of(attempt& made) const {
  const routing::route& target = route_of(made.ordered);
  auto what = pipeline::call_of(asked_, target.upstream_model);
  if (instead_ != nullptr) {
    what.body = instead_->body;
    what.facts = &instead_->facts;
    what.read = &instead_->read;
  }
  what.prompt_cache = {.wanted = target.prompt_cache, .tenant = asked_.tenant};
  what.key = made.ordered.key;
  what.trace = &made.trace;
  return what;
}

net::task<result<providers::answer>> delivery::call(attempt& made, net::cancel_scope& scope) {
  const routing::route& target = route_of(made.ordered);
  const auto& set = now_->providers;
  const auto& backend =
      target.provider_index == routing::k_local_provider ? set.local : set.upstreams[target.provider_index];
  const providers::call what = call_of(made);
  ++calls_;
  const steady_time called = now();
  auto got = co_await backend->perform(what, made.sink, scope);
  shared_.metrics.upstream_request(target.provider, now() - called);
  if (target.routing.strategy != config::routing_strategy::in_order && got && got->status < 400 && !got->broke) {
    learn_pace(target, *got, called);
  }
  co_return got;
}

/// Those who choose among targets go by how they have been.
void delivery::learn_pace(const routing::route& target, const providers::answer& got, steady_time called) {
  const bool reported = got.source == cost::usage_source::reported;
  const bool begun = got.streamed && got.first_byte_at && *got.first_byte_at > called;
  shared_.choices.seen.record(target.identity,
                              {.first_token = begun ? *got.first_byte_at - called : std::chrono::nanoseconds{0},
                               .whole = now() - called,
                               .output_tokens = got.usage.completion(),
                               .prompt_tokens = reported ? got.usage.input() : 0,
                               .prompt_bytes = asked_.facts.prompt_text_bytes},
                              now());
}

/// Tells the journey how a call ended. @returns what to do next; `none` once the answer is there.
plan_action delivery::settle(attempt& made, result<providers::answer> got) {
  const std::uint32_t number = made.ordered.attempt;
  const bool left =
      got ? got->broke && got->broke->kind == error_kind::cancelled : got.error().kind == error_kind::cancelled;
  if (left) { // the client, or the other call was faster
    journey_->on_cancelled(number, now());
    if (winner_.value_or(number) == number) {
      done_ = delivered{.got = std::move(got), .by = &route_of(made.ordered), .attempts = calls_};
    }
    return {};
  }
  if (!got || got->status >= 400 || got->broke) {
    return fail(made, std::move(got));
  }
  const auto loser = journey_->on_success(number, static_cast<std::uint64_t>(got->usage.completion()), now());
  if (loser) {
    cancel_attempt(*loser);
  }
  winner_ = number;
  done_ = delivered{.got = std::move(got), .by = &route_of(made.ordered), .attempts = calls_};
  return {};
}

plan_action delivery::fail(attempt& made, result<providers::answer> got) {
  const routing::route& target = route_of(made.ordered);
  auto failure = failure_of(made.trace, got);
  shared_.metrics.upstream_error(target.provider, failure.told.kind);
  // A provider's own words may repeat the prompt: only what was found out here is logged.
  const std::string_view reason = made.trace.answered ? std::string_view{} : std::string_view{failure.told.message};
  shared_.log.debug("call failed", {{"request_id", asked_.request_id},
                                    {"provider", target.provider},
                                    {"model", target.upstream_model},
                                    {"fault", to_string(failure.what)},
                                    {"status", made.trace.status},
                                    {"reason", reason}});
  plan_action next = journey_->on_failure(made.ordered.attempt, std::move(failure), now());
  if (got && got->broke) { // the client has its beginning: this is the answer
    done_ = delivered{.got = std::move(got), .by = &target, .attempts = calls_};
    return {};
  }
  if (got) {
    refusals_.emplace_back(made.ordered.attempt, delivered{.got = std::move(got), .by = &target, .attempts = calls_});
  }
  if (next.cancel) {
    cancel_attempt(*next.cancel);
  }
  return next;
}

/// The best error that was met; where it is a backend's document, that document.
delivered delivery::give_up(const plan_action& last) {
  for (auto& [number, refusal] : refusals_) {
    if (number == last.told_attempt) {
      if (refusal.got->retry_after.empty() && last.why.retry_after) {
        refusal.got->retry_after = std::to_string(last.why.retry_after->count());
      }
      refusal.attempts = calls_;
      return std::move(refusal);
    }
  }
  return {.got = last.why, .by = journey_->along().routes.front().get(), .attempts = calls_};
}

delivered delivery::cancelled() {
  return {.got = make_error(error_kind::cancelled, "cancelled"),
          .by = journey_->along().routes.front().get(),
          .attempts = calls_};
}

/// The first bytes of a call's content are here. @returns false when another call's go to the client.
bool delivery::gate::open() {
  if (owner_.winner_) {
    return *owner_.winner_ == attempt_;
  }
  const auto loser = owner_.journey_->on_first_byte(attempt_, owner_.now());
  if (loser == attempt_) {
    return false;
  }
  owner_.winner_ = attempt_;
  if (loser) {
    owner_.cancel_attempt(*loser);
  }
  owner_.stream_.answered_by(*owner_.journey_->along().routes[candidate_], owner_.calls_);
  if (!dropped_.empty()) {
    owner_.stream_.dropped(dropped_);
  }
  return true;
}

net::task<bool> delivery::gate::write(std::string_view bytes) {
  if (!open()) {
    co_return false;
  }
  co_return co_await owner_.put(bytes);
}

net::task<bool> delivery::gate::write_split(std::string_view bytes, std::span<const std::string_view> visible) {
  if (!open()) {
    co_return false;
  }
  if (owner_.retold_) {
    co_return co_await owner_.put(bytes);
  }
  co_return co_await owner_.stream_.write_split(bytes, visible);
}

} // namespace inferenceflow::pipeline
