#include "pipeline/route_choice.h"

#include "dispatch/outlook.h"
#include "pipeline/targets.h"
#include "quality/features.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::pipeline {

namespace {

constexpr double k_percent = 100;

/// Then the route's own line serves, whose targets share the load as the route says.
bool in_route_order(const course& chosen) {
  return chosen.made.order.size() == chosen.unordered->routes.size() &&
         std::is_sorted(chosen.made.order.begin(), chosen.made.order.end());
}

/// @returns the error of a request that no target can take.
error nobody(const routing::decision& made) {
  const auto& all = made.candidates;
  const bool may_heal = std::any_of(all.begin(), all.end(),
                                    [](const routing::scored& one) { return one.why == routing::verdict::unhealthy; });
  return make_error(may_heal ? error_kind::unavailable : error_kind::invalid_request,
                    fmt::format("no model behind '{}' can take this request: {}", made.route, why_nobody(made)),
                    may_heal ? "" : "model");
}

} // namespace

const quality::predictor* route_choice::router_at(const std::string& file) const {
  const auto found = file.empty() ? now_.learned->routers.end() : now_.learned->routers.find(file);
  return found == now_.learned->routers.end() ? nullptr : found->second.get();
}

std::vector<routing::candidate> route_choice::candidates_of(const dispatch::line& along, const question& about) const {
  const steady_time now = shared_.clock.steady_now();
  const wall_time wall = shared_.clock.wall_now();
  const std::vector<bool> well = dispatch::healthy_targets(shared_.board, along, now);
  std::vector<routing::candidate> all;
  all.reserve(along.routes.size());
  for (std::size_t i = 0; i < along.routes.size(); ++i) {
    const routing::route& target = *along.routes[i];
    routing::candidate one = candidate_of(target, wall);
    one.warm_bytes = shared_.choices.warm.held(about.conversation, target.identity, now);
    one.healthy = well[i];
    shared_.choices.seen.recall(target.identity, one);
    all.push_back(one);
  }
  return all;
}

void route_choice::predict(const quality::predictor& by, const quality::features& read,
                           const embedding::text_vector* vector, const dispatch::line& along,
                           std::vector<routing::candidate>& into) const {
  std::vector<const routing::route*> targets;
  for (const auto& target : along.routes) {
    targets.push_back(target.get());
  }
  const auto values = vector != nullptr ? std::span<const float>{vector->values} : std::span<const float>{};
  predict_into(by, read, values, targets, into);
}

net::task<embedding::vector_ptr> route_choice::vector_for(const quality::predictor& by, const question& about,
                                                          embedding::vector_ptr known, net::cancel_scope& scope) {
  if (by.space().empty() || (known && known->space == by.space())) {
    co_return known;
  }
  if (!now_.embedder || about.text.empty()) {
    co_return nullptr;
  }
  const std::string_view space = now_.embedder->space();
  if (space != by.space()) {
    if (!space.empty() && !std::exchange(state_.told_of_space, true)) { // empty: its model is still loading
      shared_.log.warn("a router file was trained on vectors of another embedder: it predicts from the text alone",
                       {{"embedder", space}, {"router", by.space()}});
    }
    co_return nullptr;
  }
  auto made = co_await now_.embedder->embed(about.text, scope);
  if (!made) {
    shared_.log.debug("a prompt was not embedded; its model is chosen without",
                      {{"request_id", asked_.request_id}, {"reason", made.error().message}});
    co_return nullptr;
  }
  co_return std::move(*made);
}

void route_choice::open_book(const routing::route& route, const quality::features& read, course& chosen) const {
  if (!route.routing.learn && route.routing.budget_usd <= 0) {
    return;
  }
  std::vector<std::string> arms;
  for (const auto& target : chosen.unordered->routes) {
    arms.push_back(target->provider + '/' + target->upstream_model);
  }
  chosen.book = shared_.choices.books.of(route.public_name, arms, route.routing, shared_.clock.steady_now());
  chosen.budget = chosen.book->budget();
  if (route.routing.learn) {
    chosen.seen.assign(read.dense.begin(), read.dense.end());
  }
}

/// Never inside tool loops: an agent in the middle of its work is no place for experiments.
void route_choice::explore(course& chosen) {
  if (!chosen.book || chosen.about->tool_loop) {
    return;
  }
  chosen.book->explore(chosen.seen, chosen.priors, state_.random.unit(), chosen.made);
  if (chosen.made.explored) {
    shared_.metrics.explored(chosen.made.candidates[static_cast<std::size_t>(chosen.made.chosen)].provider);
  }
}

/// Feedback has the last word on quality.
void route_choice::correct(course& chosen, std::vector<routing::candidate>& candidates) const {
  if (!chosen.book) {
    return;
  }
  for (const auto& one : candidates) {
    chosen.priors.push_back(one.quality);
  }
  auto corrected = chosen.priors;
  chosen.book->correct(chosen.seen, corrected);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    candidates[i].quality = corrected[i];
  }
}

/// Draws whether the other choice has a say in this request, and lets it.
net::task<void> route_choice::try_other(const routing::route& route, const routing::wishes& wishes,
                                        const outlook& known, course& chosen, net::cancel_scope& scope) {
  const auto& other = route.routing.other;
  const double draw = state_.random.unit() * k_percent;
  const bool drawn = draw < other.serve_percent;
  const bool serve = drawn && !chosen.about->tool_loop; // an agent's model does not change in the middle of its work
  chosen.send_other = !drawn && draw < other.serve_percent + other.send_percent;
  if (!serve && !chosen.send_other && state_.random.unit() * k_percent >= other.score_percent) {
    co_return;
  }
  const std::string& file = other.file.empty() ? route.routing.file : other.file;
  const auto* const router = chosen.about->text.empty() ? nullptr : router_at(file);
  const bool same = file == route.routing.file;
  auto candidates = same ? known.seen : known.stated;
  if (router != nullptr && !same) {
    const auto vector = co_await vector_for(*router, *chosen.about, known.vector, scope);
    predict(*router, known.read, vector.get(), *chosen.unordered, candidates);
  }
  chosen.other =
      routing::choose(route.public_name, wishes, candidates, preference_of(other, route.routing.quality_weight));
  chosen.other->predictor = router != nullptr ? router->name() : std::string_view{};
  chosen.other->complexity = chosen.made.complexity;
  if (serve && chosen.other->chosen >= 0) {
    std::swap(chosen.made, *chosen.other);
    chosen.role = store::routed_role::canary;
  }
}

net::task<result<course>> route_choice::choose(const routing::route& route, std::shared_ptr<dispatch::line> along,
                                               embedding::vector_ptr vector, net::cancel_scope& scope) {
  auto read = read_question(asked_, shared_.codecs, state_.scanner);
  if (!read) {
    co_return read.error();
  }
  course chosen{.unordered = std::move(along), .about = std::make_shared<const question>(std::move(*read))};
  routing::wishes wishes = chosen.about->wishes;
  std::vector<std::string> tags = route.routing.tags;
  tags.insert(tags.end(), asked_.wish.tags.begin(), asked_.wish.tags.end());
  wishes.tags = tags;

  quality::features features;
  quality::extract(chosen.about->prompt(), features);
  auto candidates = candidates_of(*chosen.unordered, *chosen.about);
  const auto stated = candidates;
  // Without words nothing can be predicted: pictures alone, tokens, embeddings.
  const auto* const router = chosen.about->text.empty() ? nullptr : router_at(route.routing.file);
  if (router != nullptr) {
    auto made = co_await vector_for(*router, *chosen.about, vector, scope);
    vector = std::move(made);
    predict(*router, features, vector.get(), *chosen.unordered, candidates);
  }
  open_book(route, features, chosen);
  correct(chosen, candidates);
  auto wanted = preference_of(route.routing);
  wanted.usd_price = chosen.budget ? chosen.budget->usd_price(shared_.clock.steady_now()) : 0;
  const bool comparable = asked_.op != wire::openai::operation::embedding; // vectors of two models are not
  wanted.which = comparable ? wanted.which : routing::strategy::in_order;
  chosen.made = routing::choose(route.public_name, wishes, candidates, wanted);
  chosen.made.predictor = router != nullptr ? router->name() : std::string_view{};
  chosen.made.complexity = quality::complexity(features);
  if (comparable) {
    explore(chosen);
    outlook known{.stated = stated, .seen = candidates, .read = features, .vector = vector};
    co_await try_other(route, wishes, known, chosen, scope);
  }
  if (chosen.made.order.empty()) {
    co_return nobody(chosen.made);
  }
  chosen.along = in_route_order(chosen) ? chosen.unordered : dispatch::ordered(*chosen.unordered, chosen.made.order);
  co_return chosen;
}

} // namespace inferenceflow::pipeline
