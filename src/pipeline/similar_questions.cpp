#include "pipeline/similar_questions.h"

#include "dialogue/last_turn.h"
#include "pipeline/judge.h"
#include "semantic/semantic_cache.h"
#include "wire/openai/last_turn.h"

#include <array>
#include <xxhash.h>

namespace inferenceflow::pipeline {

namespace {

vectors::scope_id scope_of(const turn::last_turn& turn, std::uint64_t route, std::string_view space) {
  const std::array<std::uint64_t, 4> parts{turn.scope_high, turn.scope_low, route,
                                           XXH3_64bits(space.data(), space.size())};
  const XXH128_hash_t hash = XXH3_128bits(parts.data(), sizeof parts);
  return {.high = hash.high64, .low = hash.low64};
}

/// Evidence about one embedder's vectors says nothing about another's.
semantic::lane_id lane_of(std::string_view tenant, std::string_view route, std::string_view space) {
  const std::uint64_t seed = XXH3_64bits_withSeed(route.data(), route.size(), XXH3_64bits(space.data(), space.size()));
  return XXH3_64bits_withSeed(tenant.data(), tenant.size(), seed);
}

semantic::rule rule_of(const config::semantic_settings& settings) {
  return {.kind = settings.mode == config::semantic_mode::fixed ? semantic::rule_kind::fixed
                                                                : semantic::rule_kind::verified,
          .similarity_min = static_cast<float>(settings.similarity_min),
          .error_max = settings.error_max,
          .veto = settings.veto};
}

} // namespace

similar_questions::similar_questions(const services& shared, std::shared_ptr<const generation> now,
                                     net::event_loop& loop, loop_state& state, const request& asked)
    : shared_(shared)
    , now_(std::move(now))
    , loop_(loop)
    , state_(state)
    , asked_(asked) {}

similar_questions::~similar_questions() {
  if (opened_ != 0) {
    shared_.semantic.drop(opened_);
  }
}

net::task<void> similar_questions::ask(std::shared_ptr<const routing::route> route, const cache_plan& plan,
                                       net::cancel_scope& scope) {
  route_ = std::move(route);
  if (route_->semantic.mode == config::semantic_mode::off || !plan.lookup || asked_.cache.exact_only ||
      asked_.wish.narrows()) {
    co_return;
  }
  auto cut = cut_turn();
  if (!cut.turn) {
    skipped(turn::to_string(cut.why));
    co_return;
  }
  turn_ = std::move(cut.turn);
  if (!now_->embedder) {
    skipped("no_embedder");
    co_return;
  }
  if (co_await embed(scope)) {
    decide(route_->semantic);
  }
}

turn::cut similar_questions::cut_turn() {
  return asked_.protocol == dialogue::protocol::openai_chat
             ? wire::openai::split_last_turn(asked_.op, asked_.body, state_.scanner, asked_.scan_seed)
             : dialogue::split_last_turn(*asked_.read, asked_.protocol, asked_.scan_seed);
}

net::task<bool> similar_questions::embed(net::cancel_scope& scope) {
  const steady_time begun = shared_.clock.steady_now();
  auto made = co_await now_->embedder->embed(turn_->text, scope);
  shared_.metrics.semantic_embedded(shared_.clock.steady_now() - begun);
  if (!made || (*made)->cut) {
    skipped(made ? "cut" : "embedder_failed");
    if (!made && made.error().kind != error_kind::cancelled) {
      shared_.log.debug("question not embedded; the semantic cache is skipped",
                        {{"request_id", asked_.request_id}, {"reason", made.error().message}});
    }
    co_return false;
  }
  vector_ = std::move(*made);
  co_return true;
}

semantic::question similar_questions::question() const {
  return {.scope = scope_of(*turn_, route_->identity, vector_->space),
          .lane = lane_of(asked_.tenant, route_->public_name, vector_->space),
          .text = turn_->text,
          .vector = vector_->values};
}

void similar_questions::decide(const config::semantic_settings& settings) {
  const steady_time begun = shared_.clock.steady_now();
  const auto near = shared_.semantic.near(question());
  if (!near) {
    skipped("embedder_failed");
    vector_ = nullptr;
    return;
  }
  ruled_ = shared_.semantic.decide(question(), *near, rule_of(settings),
                                   {.tenant = asked_.tenant, .route = route_->public_name});
  shared_.metrics.semantic_looked_up(shared_.clock.steady_now() - begun);
  using telemetry::semantic_outcome;
  const bool compared = !ruled_.taken.candidates.empty();
  shared_.metrics.semantic_request(ruled_.hit
                                       ? (ruled_.hit->pending ? semantic_outcome::followed : semantic_outcome::hit)
                                   : ruled_.taken.what == semantic::verdict::audit ? semantic_outcome::audited
                                   : compared                                      ? semantic_outcome::explored
                                                                                   : semantic_outcome::miss);
  if (!ruled_.hit && ruled_.vetoed != 0) {
    shared_.metrics.semantic_vetoed(semantic::kind_name(ruled_.vetoed));
  }
}

void similar_questions::skipped(std::string_view why) const {
  shared_.metrics.semantic_request(telemetry::semantic_outcome::skipped);
  shared_.metrics.semantic_skipped(why);
}

void similar_questions::pass_over(bool gone) {
  if (gone) {
    shared_.semantic.drop(ruled_.hit->entry);
  }
  ruled_.hit.reset();
}

void similar_questions::begin(const cache_plan& plan) {
  if (vector_ && plan.store) {
    opened_ = shared_.semantic.open(question(), plan.running_key, asked_.facts.stream);
  }
}

void similar_questions::keep(const cache_plan& plan, std::shared_ptr<const cache::cached_answer> answer) {
  if (opened_ == 0) {
    return;
  }
  const semantic::entry_id fresh = std::exchange(opened_, 0);
  shared_.semantic.keep(fresh, plan.answer_key);
  if (!shared_.cache.contains(plan.answer_key) && shared_.tiers.empty()) {
    shared_.semantic.drop(fresh); // it was not worth its room
  }
  if (!ruled_.taken.candidates.empty()) {
    shared_.cache.count(plan.answer_key, answer->model, asked_.tenant, cache::cache_event::explored);
    judge_later({.shared = shared_,
                 .now = now_,
                 .loop = loop_,
                 .state = state_,
                 .route = route_,
                 .lane = question().lane,
                 .taken = std::move(ruled_.taken),
                 .fresh = fresh,
                 .question = turn_->text,
                 .answer = std::move(answer),
                 .protocol = asked_.protocol,
                 .op = asked_.op,
                 .tenant = asked_.tenant,
                 .request_id = asked_.request_id});
  }
}

std::optional<cache::semantic_part> similar_questions::part() const {
  if (!vector_) {
    return std::nullopt;
  }
  const auto asked = question();
  return cache::semantic_part{.scope = {.high = asked.scope.high, .low = asked.scope.low},
                              .text = turn_->text,
                              .embedder = vector_->space,
                              .form = cache::vector_form::float32,
                              .vector = std::string(reinterpret_cast<const char*>(vector_->values.data()),
                                                    vector_->values.size() * sizeof(float)),
                              .state = {}};
}

} // namespace inferenceflow::pipeline
