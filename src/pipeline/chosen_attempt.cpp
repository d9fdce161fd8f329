// The parts of a life that concern routes which choose among their targets.
#include "dispatch/outlook.h"
#include "pipeline/answer_text.h"
#include "pipeline/ladder.h"
#include "pipeline/life.h"
#include "pipeline/other_choice.h"
#include "routing/choice/decision_json.h"

#include <fmt/format.h>
#include <numeric>

namespace inferenceflow::pipeline {

namespace {

/// Of an answer whose length nobody has limited; the pacer corrects itself where answers are longer.
constexpr std::int64_t k_answer_tokens_reserved = 4'096;

} // namespace

/// Where there is something to choose, to watch, to try or to save. Everybody else goes on at once.
bool life::chooses(const dispatch::line& along) const {
  const auto& wanted = route_->routing;
  const auto& other = wanted.other;
  const bool tries = other.score_percent > 0 || other.send_percent > 0 || other.serve_percent > 0;
  const bool several =
      along.routes.size() > 1 && (wanted.strategy != config::routing_strategy::in_order || watches_answers() || tries);
  return several || wanted.budget_usd > 0;
}

net::task<result<void>> life::choose(std::shared_ptr<dispatch::line>& along, net::cancel_scope& scope) {
  route_choice choice{shared_, *now_, state_, asked_};
  auto made = co_await choice.choose(*route_, along, similar_.vector(), scope);
  if (!made) {
    co_return made.error();
  }
  way_ = std::move(*made);
  if (const auto reserved = reserve(); !reserved) {
    co_return reserved.error();
  }
  along = way_->along;
  ended_.routed = routed_part_of(way_->made, way_->role);
  ended_.route_header = routing::decision_header(way_->made);
  co_return result<void>{};
}

/// Sets aside what the request can cost at most; of an escalating route, what all its targets can.
result<void> life::reserve() {
  if (!way_->book || route_->routing.budget_usd <= 0) {
    return {};
  }
  const steady_time now = shared_.clock.steady_now();
  const auto at_most = [this](const routing::route& target) {
    const bool embeds = asked_.op == wire::openai::operation::embedding;
    const std::int64_t answer = embeds ? 0 : asked_.facts.max_tokens.value_or(k_answer_tokens_reserved);
    const cost::token_usage usage{.fresh_input = static_cast<std::int64_t>(asked_.facts.prompt_text_bytes / 2 + 1),
                                  .output = answer * asked_.facts.choices};
    return cost::price_of(usage, target.price->at(shared_.clock.wall_now()));
  };
  money all;
  const auto& targets = way_->along->routes;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    all = watches_answers() ? all + at_most(*targets[i]) : at_most(*targets[i]);
    if (watches_answers() && i + 1 < targets.size()) {
      continue;
    }
    way_->reserved = way_->book->reserve(all, now);
    if (!way_->reserved) {
      continue;
    }
    if (!watches_answers() && i != 0) { // the dearer ones before it do not fit any more
      pass_over(i);
    }
    return {};
  }
  error spent = make_error(error_kind::rate_limited, fmt::format("the budget of {} USD of '{}' is spent",
                                                                 route_->routing.budget_usd, route_->public_name));
  spent.retry_after = way_->book->renewal(now);
  return spent;
}

/// Leaves the first targets out: the route's budget does not suffice for them.
void life::pass_over(std::size_t first) {
  auto& made = way_->made;
  for (std::size_t i = 0; i < first; ++i) {
    routing::scored& dear = made.candidates[made.order[i]];
    dear.why = routing::verdict::budget;
    dear.detail = "what is left of the route's budget does not suffice";
  }
  made.order.erase(made.order.begin(), made.order.begin() + static_cast<std::ptrdiff_t>(first));
  made.chosen = static_cast<int>(made.order.front());
  made.candidates[made.order.front()].why = routing::verdict::chosen;
  std::vector<std::size_t> rest(way_->along->routes.size() - first);
  std::iota(rest.begin(), rest.end(), first);
  way_->along = dispatch::ordered(*way_->along, rest);
}

void life::settle_budget(money cost) {
  if (way_ && way_->reserved) {
    way_->book->settle(*way_->reserved, cost, shared_.clock.steady_now());
    way_->reserved.reset();
  }
}

/// Whether answers are judged before they go out: to throw away what is not trusted, or because the request wants to
/// know.
bool life::watches_answers() const {
  if (asked_.op != wire::openai::operation::chat) {
    return false;
  }
  return route_->routing.escalation.enabled || asked_.wish.min_confidence.has_value() || asked_.wish.tell_confidence;
}

net::task<delivered> life::deliver(const std::shared_ptr<dispatch::line>& along, relay& stream,
                                   net::cancel_scope& scope) {
  if (way_ && watches_answers()) {
    ladder climbing{shared_, now_, loop_, asked_, *route_, *way_, stream, scope};
    co_await climbing.climb();
    climbed reached = climbing.take_outcome();
    ended_.routed->escalations = reached.escalations;
    ended_.routed->confidence = reached.confidence;
    ended_.watched = true;
    note_choice(reached.end);
    co_return std::move(reached.end);
  }
  delivery on_its_way{shared_, now_, loop_, asked_, along, stream, scope};
  co_await on_its_way.run();
  delivered end = on_its_way.take_outcome();
  note_choice(end);
  co_return end;
}

void life::note_choice(const delivered& end) {
  if (!way_) {
    return;
  }
  ended_.routed->tier = end.by->traits.tier;
  ended_.routed->explanation = routing::decision_json(way_->made, way_->other ? &*way_->other : nullptr);
  ended_.route_header = routing::decision_header(way_->made, ended_.routed->escalations);
  if (end.got && end.got->status < 400) {
    if (way_->book && !way_->seen.empty()) {
      note_for_learning(*end.by);
    }
    shared_.choices.warm.note(way_->about->conversation, end.by->identity, asked_.facts.prompt_text_bytes,
                              shared_.clock.steady_now());
  }
}

void life::note_for_learning(const routing::route& by) {
  const auto& targets = way_->unordered->routes;
  for (std::size_t i = 0; i < targets.size() && i < way_->priors.size(); ++i) {
    if (targets[i]->identity == by.identity) {
      way_->book->note(asked_.request_id, by.provider + '/' + by.upstream_model, way_->seen, way_->priors[i]);
    }
  }
}

void life::compare_with_other(const providers::answer& got, std::optional<std::string_view> body) {
  if (!way_ || !way_->send_other || got.status >= 400) {
    return;
  }
  const auto form = got.streamed ? cache::body_form::event_stream : cache::body_form::json;
  auto text = body ? answer_text(shared_.codecs.of(asked_.protocol), asked_.op, form, *body) : std::nullopt;
  send_to_other(shared_, now_, loop_, state_, asked_, *way_, text.value_or(""));
}

} // namespace inferenceflow::pipeline
