#include "replay/routed_choice.h"

#include "pipeline/targets.h"

#include <algorithm>
#include <cmath>

namespace inferenceflow::replay {

namespace {

std::size_t targets_of(const routing::route& route) {
  return std::max<std::size_t>(route.chain.size(), 1);
}

const routing::route& target_at(const routing::route& route, std::size_t i) {
  return route.chain.empty() ? route : *route.chain[i];
}

/// Which target answered in the log, by what its model costs; the number of targets if none.
std::size_t logged_target(const asked& one, const routing::route& route) {
  std::size_t i = 0;
  while (i < targets_of(route) && (target_at(route, i).price->model != one.price->model ||
                                   target_at(route, i).price->provider != one.price->provider)) {
    ++i;
  }
  return i;
}

} // namespace

std::vector<routing::candidate> routed_choice::candidates_of(const routing::route& route,
                                                             const pipeline::question& about, wall_time wall,
                                                             steady_time now) const {
  std::vector<routing::candidate> all;
  for (std::size_t i = 0; i < targets_of(route); ++i) {
    const auto& target = target_at(route, i);
    routing::candidate one = pipeline::candidate_of(target, wall);
    one.warm_bytes = warm_.held(about.conversation, target.identity, now);
    seen_.recall(target.identity, one);
    all.push_back(one);
  }
  return all;
}

routed_choice::predicted routed_choice::predict(const routing::route& route, const pipeline::question& about,
                                                std::vector<routing::candidate>& into) const {
  predicted told{.output_tokens = std::vector<double>(into.size(), 0)};
  const auto router = routers_.find(route.routing.file);
  if (router == routers_.end()) {
    told.any = std::any_of(into.begin(), into.end(), [](const auto& one) { return one.quality >= 0; });
    return told;
  }
  const std::vector<float> vector =
      !router->second->space().empty() && embed_ ? embed_(about.text) : std::vector<float>{};
  quality::features read;
  quality::extract(about.prompt(), read);
  std::vector<const routing::route*> targets;
  for (std::size_t i = 0; i < into.size(); ++i) {
    targets.push_back(&target_at(route, i));
  }
  const auto estimates = pipeline::predict_into(*router->second, read, vector, targets, into);
  for (std::size_t i = 0; i < into.size(); ++i) {
    told.any = told.any || estimates[i].known;
    told.output_tokens[i] = estimates[i].output_tokens;
  }
  return told;
}

/// What the log shows is how the model in it did; of others nothing is learned.
void routed_choice::remember(const asked& one, const routing::route& route, const routing::route& target,
                             const pipeline::question& about, steady_time now) {
  const std::size_t logged = logged_target(one, route);
  if (logged < targets_of(route)) {
    seen_.record(target_at(route, logged).identity,
                 {.whole = std::chrono::milliseconds{one.logged->latency_ms.value_or(0)},
                  .output_tokens = one.usage.completion(),
                  .prompt_tokens = one.lacking.usage ? 0 : one.usage.input(),
                  .prompt_bytes = about.wishes.prompt_bytes},
                 now);
  }
  warm_.note(about.conversation, target.identity, about.wishes.prompt_bytes, now);
}

chosen_model routed_choice::choose(const asked& one, const routing::route& route) {
  if (route.routing.strategy == config::routing_strategy::in_order ||
      one.request.op == wire::openai::operation::embedding) {
    return otherwise_.choose(one, route);
  }
  const bool readable = !one.lacking.body && !one.lacking.unreadable;
  auto read = readable ? pipeline::read_question(one.request, codecs_, scanner_)
                       : result<pipeline::question>{make_error(error_kind::invalid_request, "no body")};
  if (!read) {
    auto chosen = otherwise_.choose(one, route);
    chosen.judged = false;
    return chosen;
  }
  pipeline::question about = std::move(*read);
  about.wishes.tags = route.routing.tags;
  const std::chrono::milliseconds at{one.logged->began_ms};
  auto candidates = candidates_of(route, about, wall_time{at}, steady_time{at});
  const auto told = predict(route, about, candidates);
  const auto made =
      routing::choose(route.public_name, about.wishes, candidates, pipeline::preference_of(route.routing));
  if (made.order.empty()) {
    auto chosen = otherwise_.choose(one, route);
    chosen.judged = false;
    return chosen;
  }
  const std::size_t index = made.order.front();
  chosen_model chosen{.target = &target_at(route, index), .judged = told.any, .quality = candidates[index].quality};
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    chosen.among.push_back({.target = &target_at(route, i), .quality = candidates[i].quality});
  }
  const std::size_t logged = logged_target(one, route);
  if (logged < candidates.size()) {
    chosen.direct_quality = candidates[logged].quality;
    if (told.output_tokens[index] > 0 && told.output_tokens[logged] > 0) {
      chosen.output_tokens = std::llround(static_cast<double>(one.usage.completion()) * told.output_tokens[index] /
                                          told.output_tokens[logged]);
    }
  }
  remember(one, route, *chosen.target, about, steady_time{at});
  return chosen;
}

} // namespace inferenceflow::replay
