#include "pipeline/other_choice.h"

#include "dispatch/outlook.h"
#include "pipeline/cost_bound.h"
#include "pipeline/delivery.h"
#include "pipeline/no_reply.h"
#include "pipeline/rewritten.h"
#include "pipeline/settle.h"
#include "routing/choice/decision_json.h"
#include "turn/normalised_answer.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace inferenceflow::pipeline {

namespace {

/// A request that outlives its client, and whom to ask.
struct shadow {
  const services& shared;
  std::shared_ptr<const generation> now;
  net::event_loop& loop;
  std::string body;
  std::string model;
  std::string path;
  std::string query;
  request asked;
  std::unique_ptr<rewritten_request> asks;
  routing::decision made;
  std::shared_ptr<dispatch::line> along;
  std::string answered;
  std::shared_ptr<purse> budget = {};
  std::optional<purse::reservation> reserved = {};
};

void note_agreement(const shadow& about, const providers::answer& got) {
  const auto read = about.shared.codecs.of(about.asked.protocol).read_answer(got.body);
  if (about.answered.empty() || !read) {
    return;
  }
  const std::string text = sighting_of(*read).text;
  about.shared.log.info("another choice answered too",
                        {{"request_id", about.asked.request_id},
                         {"model", about.made.candidates[static_cast<std::size_t>(about.made.chosen)].model},
                         {"agrees", turn::answers_agree_exactly(about.answered, text)}});
}

net::task<void> run(std::unique_ptr<shadow> about) {
  no_reply nobody;
  net::cancel_scope nobody_leaves;
  auto alone = cache::inflight_leader::alone();
  relay unseen{nobody, nobody_leaves, alone, about->shared.clock, {.head_note = {}}};
  outcome ended;
  delivered end;
  {
    delivery on_its_way{about->shared, about->now, about->loop,   about->asked,
                        about->along,  unseen,     nobody_leaves, about->asks.get()};
    co_await on_its_way.run();
    end = on_its_way.take_outcome();
  }
  ended.route = end.by;
  ended.attempts = end.attempts;
  ended.status = end.got ? end.got->status : 502; // NOLINT(readability-magic-numbers): what a client would be told
  ended.charged = end.got && end.got->status < 400;
  if (end.got) {
    ended.usage = end.got->usage;
    ended.source = end.got->source;
    ended.finish_reason = end.got->finish_reason;
  } else {
    ended.failure = end.got.error().kind;
  }
  ended.routed = routed_part_of(about->made, store::routed_role::shadow);
  ended.routed->explanation = routing::decision_json(about->made);
  const answer_note note = price(ended, about->shared.clock.wall_now());
  if (about->reserved) {
    about->budget->settle(*about->reserved, note.cost, about->shared.clock.steady_now());
  }
  co_await settle(about->shared, *about->now->settings, about->asked, ended, note, about->loop);
  if (ended.charged) {
    note_agreement(*about, *end.got);
  }
}

} // namespace

void send_to_other(const services& shared, std::shared_ptr<const generation> now, net::event_loop& loop,
                   loop_state& state, const request& asked, const course& way, std::string answered) {
  if (state.judging == k_judging_max || !way.other || way.other->order.empty()) {
    return;
  }
  auto asks = rewrite(asked, shared.codecs, [](dialogue::request& changed) -> result<void> {
    changed.stream = false;
    return {};
  });
  if (!asks) {
    return;
  }
  auto along = dispatch::ordered(*way.unordered, std::span{way.other->order}.first(1));
  std::optional<purse::reservation> reserved;
  if (way.budget) { // what is asked beside is paid from the same budget
    reserved = way.budget->reserve(cost_at_most(asked, *way.about, *along->routes.front(), shared.clock.wall_now()),
                                   shared.clock.steady_now());
    if (!reserved) {
      return;
    }
  }
  auto about = std::make_unique<shadow>(shadow{.shared = shared,
                                               .now = std::move(now),
                                               .loop = loop,
                                               .body = std::string{asked.body},
                                               .model = std::string{asked.facts.model},
                                               .path = std::string{asked.target.path},
                                               .query = std::string{asked.target.query},
                                               .asked = asked,
                                               .asks = std::move(*asks),
                                               .made = *way.other,
                                               .along = std::move(along),
                                               .answered = std::move(answered),
                                               .budget = way.budget,
                                               .reserved = reserved});
  request& own = about->asked; // whose views must not go by the client's
  own.body = about->body;
  own.target = {.path = about->path, .query = about->query};
  own.traceparent = {};
  own.request_id += "-shadow";
  own.facts = about->asks->facts;
  own.facts.model = about->model;
  own.facts.stream = false;
  own.deadline.reset();
  own.started = shared.clock.steady_now();
  ++state.judging;
  boost::asio::co_spawn(loop.context(), run(std::move(about)), [&state, &shared](const std::exception_ptr& failed) {
    --state.judging;
    if (failed) {
      shared.log.error("what was sent to another choice ended by an exception", {});
    }
  });
}

} // namespace inferenceflow::pipeline
