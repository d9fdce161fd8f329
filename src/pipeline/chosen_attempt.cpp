// The parts of a life that concern routes which choose among their targets.
#include "dispatch/outlook.h"
#include "pipeline/answer_text.h"
#include "pipeline/cost_bound.h"
#include "pipeline/ladder.h"
#include "pipeline/life.h"
#include "pipeline/other_choice.h"
#include "routing/choice/decision_json.h"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>

namespace inferenceflow::pipeline {

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

/// Sets aside what the request can cost at most: what the dearest target of the line can, or all targets and samples of
/// an escalating route. Leaves the dearest out until the rest of the budget suffices.
result<void> life::reserve() {
  if (!way_->budget) {
    return {};
  }
  const steady_time now = shared_.clock.steady_now();
  std::vector<money> costs;
  for (const auto& target : way_->along->routes) {
    costs.push_back(cost_at_most(asked_, *way_->about, *target, shared_.clock.wall_now()));
  }
  std::vector<std::size_t> kept(costs.size());
  std::iota(kept.begin(), kept.end(), std::size_t{0});
  while (!kept.empty() && !(way_->reserved = way_->budget->reserve(at_most(costs, kept), now))) {
    const auto dearer = [&costs](std::size_t a, std::size_t b) { return costs[a] < costs[b]; };
    const money most = costs[*std::max_element(kept.begin(), kept.end(), dearer)];
    kept.erase(std::remove_if(kept.begin(), kept.end(), [&](std::size_t i) { return costs[i] == most; }), kept.end());
  }
  if (kept.empty()) {
    error spent = make_error(error_kind::rate_limited, fmt::format("the budget of {} USD of '{}' is spent",
                                                                   route_->routing.budget_usd, route_->public_name));
    spent.retry_after = way_->budget->renewal(now);
    return spent;
  }
  if (kept.size() < costs.size()) {
    leave_out(kept);
  }
  return {};
}

/// @param costs  of each target of the line. @param kept  those that may be asked, in its order; one at least.
money life::at_most(const std::vector<money>& costs, const std::vector<std::size_t>& kept) const {
  const auto& escalation = route_->routing.escalation;
  money sum;
  money most;
  for (const std::size_t i : kept) {
    sum += costs[i];
    most = std::max(most, costs[i]);
  }
  const bool samples = escalation.enabled && !asked_.facts.stream;
  for (std::size_t i = 1; samples && i < escalation.samples; ++i) {
    sum += costs[kept.front()];
  }
  return watches_answers() ? sum : most;
}

/// @param kept  of the line, ascending; the route's budget does not suffice for the others.
void life::leave_out(const std::vector<std::size_t>& kept) {
  auto& made = way_->made;
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < made.order.size(); ++i) {
    if (std::binary_search(kept.begin(), kept.end(), i)) {
      order.push_back(made.order[i]);
      continue;
    }
    routing::scored& dear = made.candidates[made.order[i]];
    dear.why = routing::verdict::budget;
    dear.detail = "what is left of the route's budget does not suffice";
  }
  made.order = std::move(order);
  made.chosen = static_cast<int>(made.order.front());
  made.candidates[made.order.front()].why = routing::verdict::chosen;
  way_->along = dispatch::ordered(*way_->along, kept);
}

void life::settle_budget(money cost) {
  if (way_ && way_->reserved) {
    way_->budget->settle(*way_->reserved, cost, shared_.clock.steady_now());
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
    plan_.store = plan_.store && !reached.untrusted; // the next one shall have the chance of a better answer
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
      way_->book->note(answer_name(asked_.tenant, asked_.request_id), by.provider + '/' + by.upstream_model, way_->seen,
                       way_->priors[i]);
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
