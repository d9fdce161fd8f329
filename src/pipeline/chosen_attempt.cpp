// The parts of a life that concern routes which choose among their targets.
#include "pipeline/answer_text.h"
#include "pipeline/ladder.h"
#include "pipeline/life.h"
#include "pipeline/other_choice.h"
#include "routing/choice/decision_json.h"

namespace inferenceflow::pipeline {

net::task<result<void>> life::choose(std::shared_ptr<dispatch::line>& along, net::cancel_scope& scope) {
  const bool chooses = route_->routing.strategy != config::routing_strategy::in_order || watches_answers();
  if (!chooses || asked_.op == wire::openai::operation::embedding || along->routes.size() < 2) {
    co_return result<void>{};
  }
  route_choice choice{shared_, *now_, state_, asked_};
  auto made = co_await choice.choose(*route_, along, similar_.vector(), scope);
  if (!made) {
    co_return made.error();
  }
  way_ = std::move(*made);
  along = way_->along;
  ended_.routed = routed_part_of(way_->made, way_->role);
  ended_.route_header = routing::decision_header(way_->made);
  co_return result<void>{};
}

/// Whether answers are judged before they go out: to throw away what is not trusted, or because the request wants to
/// know.
bool life::watches_answers() const {
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
  ended_.route_header = routing::decision_header(way_->made, ended_.routed->escalations);
  if (end.got && end.got->status < 400) {
    shared_.choices.warm.note(way_->about->conversation, end.by->identity, asked_.facts.prompt_text_bytes,
                              shared_.clock.steady_now());
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
