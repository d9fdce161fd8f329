#include "config/checks.h"
#include "config/setting_block.h"
#include "config/setting_rows.h"

#include <algorithm>
#include <fmt/format.h>

namespace inferenceflow::config {
namespace {

constexpr std::string_view k_abilities[] = {"tools", "images", "json_schema", "reasoning", "streaming", "logprobs"};
constexpr double k_whole_percent = 100;

class routing_checker {
public:
  routing_checker(const key_places& places, problem_log& problems)
      : places_(places)
      , problems_(problems) {}

  void traits(const model_traits& of, const std::string& path) {
    for (const std::string& word : of.cannot) {
      if (std::find(std::begin(k_abilities), std::end(k_abilities), word) == std::end(k_abilities)) {
        problems_.error(place_of(places_, path + "cannot"), path + "cannot", word, "not an ability",
                        "tools, images, json_schema, reasoning, streaming, logprobs");
      }
    }
  }

  /// @param targets  how many the route has. @param path  with a trailing dot.
  void route(const routing_settings& whole, std::size_t targets, const std::string& path) {
    const auto& other = whole.other;
    if (other.send_percent + other.serve_percent > k_whole_percent) {
      error(path + "other.send_percent", "send_percent and serve_percent are more than 100 together",
            "a sum of at most 100");
    }
    if (whole.escalation.enabled && targets < 2) {
      error(path + "escalation.enabled", "there is no second target to escalate to",
            "a route with targets or fallbacks");
    }
    if (whole.learn && whole.strategy == routing_strategy::in_order) {
      error(path + "learn.enabled", "nothing is chosen with strategy in_order, so nothing can be learned",
            "another strategy");
    }
  }

private:
  void error(const std::string& path, std::string message, std::string allowed) {
    problems_.error(place_of(places_, path), path, {}, std::move(message), std::move(allowed));
  }

  const key_places& places_;
  problem_log& problems_;
};

} // namespace

void resolve_routing(settings& target, const key_places& places, problem_log& problems) {
  routing_checker checker{places, problems};
  note_said(rows::k_routing_scope, places, "routing.", target.routing.said);
  for (std::size_t i = 0; i < target.local.models.size(); ++i) {
    checker.traits(target.local.models[i].traits, fmt::format("local.models[{}].", i));
  }
  for (std::size_t i = 0; i < target.providers.size(); ++i) {
    for (std::size_t j = 0; j < target.providers[i].models.size(); ++j) {
      checker.traits(target.providers[i].models[j].traits, fmt::format("providers[{}].models[{}].", i, j));
    }
  }
  for (std::size_t i = 0; i < target.routes.size(); ++i) {
    auto& route = target.routes[i];
    const std::string path = fmt::format("routes[{}].routing.", i);
    note_said(rows::k_routing_scope, places, path, route.routing.said);
    if (route.routing.said.any()) { // what is said for all routes holds where it can
      const std::size_t targets = (route.target.empty() ? 0 : 1) + route.targets.size() + route.fallbacks.size();
      checker.route(merged(target.routing, route.routing), targets, path);
    }
  }
}

} // namespace inferenceflow::config
