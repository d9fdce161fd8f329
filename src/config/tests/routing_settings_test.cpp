#include "config/load.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

namespace inferenceflow::config {
namespace {

constexpr const char* k_models =
    "providers: [{name: p, base_url: 'http://127.0.0.1:1/v1', models: [{name: m, quality: "
    "0.9, tier: large, tags: [eu], cannot: [images]}, {name: n, context_tokens: 8000}]}]\n";

load_outcome load(const std::string& text, const std::map<std::string, std::string, std::less<>>& variables = {}) {
  return load_settings_from_text(text, "f.yaml", "/etc",
                                 [&variables](std::string_view name) -> std::optional<std::string> {
                                   const auto found = variables.find(name);
                                   return found == variables.end() ? std::nullopt : std::optional{found->second};
                                 },
                                 {});
}

std::string words(const load_outcome& outcome) {
  std::string all;
  for (const auto& one : outcome.problems) {
    all += fmt::format("{}: {} (allowed: {})\n", one.key, one.message, one.allowed);
  }
  return all;
}

TEST(routing_settings, a_route_says_what_differs_and_inherits_the_rest) {
  const auto outcome =
      load(std::string{k_models} + "routing: {strategy: balanced, cost_weight: 0.7, file: r.router, quality_min: 0.9}\n"
                                   "routes: [{model: auto, targets: [m, n], routing: {quality_min: 0.8, tags: [eu], "
                                   "escalation: {enabled: true, samples: 3}}}]");
  ASSERT_EQ(words(outcome), "");
  const auto& all = outcome.value;
  const auto of_route = merged(all.routing, all.routes[0].routing);
  EXPECT_EQ(of_route.strategy, routing_strategy::balanced);
  EXPECT_DOUBLE_EQ(of_route.cost_weight, 0.7);
  EXPECT_DOUBLE_EQ(of_route.quality_min, 0.8);
  EXPECT_EQ(of_route.file, "/etc/r.router");
  EXPECT_EQ(of_route.tags, std::vector<std::string>{"eu"});
  EXPECT_EQ(of_route.escalation.samples, 3U);
  const auto& traits = all.providers[0].models[0].traits;
  EXPECT_EQ(traits.tier, "large");
  EXPECT_EQ(traits.cannot, std::vector<std::string>{"images"});
  EXPECT_DOUBLE_EQ(traits.quality, 0.9);
  EXPECT_EQ(all.providers[0].models[1].traits.context_tokens, 8'000U);
}

TEST(routing_settings, the_environment_names_strategy_and_weight) {
  const auto outcome =
      load("routing: {strategy: balanced}", {{"ROUTING_STRATEGY", "latency_optimal"}, {"COST_WEIGHT", "0.25"}});
  ASSERT_EQ(words(outcome), "");
  EXPECT_EQ(outcome.value.routing.strategy, routing_strategy::latency_optimal);
  EXPECT_DOUBLE_EQ(outcome.value.routing.cost_weight, 0.25);
  EXPECT_FALSE(load("", {{"COST_WEIGHT", "2"}}).ok());
  EXPECT_FALSE(load("", {{"ROUTING_STRATEGY", "cheapest"}}).ok());
}

struct wrong_case {
  const char* text;
  const char* expected;
};

class routing_wrong : public testing::TestWithParam<wrong_case> {};

TEST_P(routing_wrong, says_why) {
  const auto outcome = load(std::string{k_models} + GetParam().text);
  EXPECT_FALSE(outcome.ok());
  EXPECT_THAT(words(outcome), testing::HasSubstr(GetParam().expected));
}

INSTANTIATE_TEST_SUITE_P(
    routing, routing_wrong,
    testing::Values(
        wrong_case{"routing: {strategy: cheapest}", "routing.strategy: not one of the allowed words"},
        wrong_case{"routing: {budget: {usd: -1}}", "routing.budget.usd: not a number"},
        wrong_case{"routing: {cost_weight: 1.5}", "routing.cost_weight: out of range"},
        wrong_case{"routing: {escalation: {risk_max: 0}}", "routing.escalation.risk_max: out of range"},
        wrong_case{"routes: [{model: r, target: m, routing: {escalation: {enabled: true}}}]", "no second target"},
        wrong_case{"routes: [{model: r, targets: [m, n], routing: {learn: {enabled: true}}}]",
                   "nothing can be learned"},
        wrong_case{"routes: [{model: r, targets: [m, n], routing: {other: {send_percent: 60, serve_percent: 50}}}]",
                   "more than 100 together"},
        wrong_case{"local: {models: [{name: l, file: f, cannot: [fly]}]}", "local.models[0].cannot: not an ability"}));

} // namespace
} // namespace inferenceflow::config
