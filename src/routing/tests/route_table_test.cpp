#include "routing/route_table.h"

#include <gtest/gtest.h>

namespace inferenceflow::routing {
namespace {

config::provider_settings upstream(const std::string& name, const std::string& url, std::vector<std::string> models) {
  config::provider_settings provider;
  provider.name = name;
  provider.base_url = url;
  for (auto& model : models) {
    provider.models.push_back({model, model});
  }
  return provider;
}

config::settings example() {
  config::settings settings;
  config::local_model_settings local;
  local.name = "tiny";
  local.aliases = {"small"};
  settings.local.models.push_back(local);
  settings.providers.push_back(upstream("openai", "https://api.openai.com/v1", {"gpt-4o-mini", "shared"}));
  settings.providers.push_back(upstream("other", "http://localhost:9/v1", {"shared", "unheard-of"}));
  settings.providers[0].any_model = true;
  settings.providers[1].models.push_back({"public", "private"});
  settings.cache.ttl = std::chrono::seconds{60};
  return settings;
}

route_table table_of(const config::settings& settings) {
  auto prices = cost::price_table::load({});
  EXPECT_TRUE(prices);
  return {settings, *prices};
}

TEST(route_table, finds_local_models_upstream_models_and_their_aliases) {
  const route_table routes = table_of(example());
  ASSERT_TRUE(routes.find("small"));
  EXPECT_EQ(routes.find("small")->provider, "local");
  EXPECT_EQ(routes.find("small")->upstream_model, "tiny");
  EXPECT_EQ(routes.find("small")->provider_index, k_local_provider);
  EXPECT_EQ(routes.find("public")->upstream_model, "private");
  EXPECT_EQ(routes.find("public")->provider_index, 1U);
  EXPECT_FALSE(routes.find("nobody-has-this"));
  EXPECT_FALSE(routes.find(""));
}

TEST(route_table, what_a_route_says_of_the_cache_wins_over_what_holds_everywhere) {
  auto settings = example();
  settings.cache.semantic.mode = config::semantic_mode::verified;
  settings.cache.semantic.judge_model = "tiny";
  settings.cache.trust = "low";
  settings.cache.pad_hits = true;
  config::route_settings own;
  own.model = "own";
  own.target = "tiny";
  own.cache_trust = "200";
  own.cache_pad_hits = config::pad_choice::off;
  own.semantic.similarity_min = 0.5;
  own.semantic.said.set(1); // the row of `threshold`: as the loader does for the keys of the file
  config::route_settings bare;
  bare.model = "bare";
  bare.targets = {{"tiny"}, {"shared"}};
  settings.routes = {own, bare};
  const route_table routes = table_of(settings);
  const auto changed = routes.find("own");
  EXPECT_EQ(changed->semantic.mode, config::semantic_mode::verified);
  EXPECT_EQ(changed->semantic.similarity_min, 0.5);
  EXPECT_EQ(changed->semantic.judge_model, "tiny");
  EXPECT_EQ(changed->trust, 200);
  EXPECT_FALSE(changed->pad_hits);
  for (const auto* name : {"bare", "tiny", "small", "shared", "other/shared", "openai/not-listed"}) {
    const auto same = routes.find(name);
    ASSERT_TRUE(same) << name;
    EXPECT_EQ(same->semantic.mode, config::semantic_mode::verified) << name;
    EXPECT_EQ(same->semantic.similarity_min, 0.85) << name;
    EXPECT_EQ(same->trust, 64) << name;
    EXPECT_TRUE(same->pad_hits) << name;
    EXPECT_EQ(same->cache_ttl.count(), 60) << name;
  }
  EXPECT_EQ(routes.find("bare")->chain.at(1)->trust, 64);
}

TEST(route_table, the_first_provider_wins_a_shared_name_and_a_prefix_names_the_other) {
  const route_table routes = table_of(example());
  EXPECT_EQ(routes.find("shared")->provider, "openai");
  ASSERT_TRUE(routes.find("other/shared"));
  EXPECT_EQ(routes.find("other/shared")->provider, "other");
  EXPECT_EQ(routes.find("openai/not-listed")->upstream_model, "not-listed");
  EXPECT_FALSE(routes.find("other/not-listed")) << "only providers with any_model take names that are not listed";
  EXPECT_FALSE(routes.find("openai/"));
}

TEST(route_table, knows_prices_and_never_takes_an_unknown_model_for_free) {
  const route_table routes = table_of(example());
  EXPECT_FALSE(routes.find("gpt-4o-mini")->price->ceiling);
  ASSERT_TRUE(routes.find("unheard-of")->price);
  EXPECT_TRUE(routes.find("unheard-of")->price->ceiling);
}

TEST(route_table, configured_routes_follow_each_other_and_win_over_models) {
  config::settings settings = example();
  settings.routes.push_back({.model = "first", .target = "second", .cache = config::cache_policy::never});
  settings.routes.push_back({.model = "second",
                             .target = "other/shared",
                             .cache = config::cache_policy::always,
                             .cache_ttl = std::chrono::seconds{5}});
  settings.routes.push_back({.model = "gpt-4o-mini", .target = "", .cache = config::cache_policy::always});
  const route_table routes = table_of(settings);
  ASSERT_TRUE(routes.find("first"));
  EXPECT_EQ(routes.find("first")->provider, "other");
  EXPECT_EQ(routes.find("first")->cache, config::cache_policy::never);
  EXPECT_EQ(routes.find("first")->cache_ttl, std::chrono::seconds{60});
  EXPECT_EQ(routes.find("second")->cache_ttl, std::chrono::seconds{5});
  EXPECT_EQ(routes.find("gpt-4o-mini")->cache, config::cache_policy::always);
  EXPECT_EQ(routes.find("gpt-4o-mini")->upstream_model, "gpt-4o-mini");
}

TEST(route_table, prompt_caches_are_used_where_a_route_or_the_default_says_so) {
  config::settings settings = example();
  settings.prompt_cache.mode = config::prompt_cache_mode::observe;
  settings.routes.resize(3);
  settings.routes[0].model = "marked";
  settings.routes[0].prompt_cache = config::prompt_cache_choice::on;
  settings.routes[1].model = "plain";
  settings.routes[1].prompt_cache = config::prompt_cache_choice::off;
  settings.routes[2].model = "as-usual";
  for (auto& each : settings.routes) {
    each.target = "openai/gpt-4o-mini";
  }
  const route_table routes = table_of(settings);
  using prompt_cache::mode;
  EXPECT_EQ(routes.find("marked")->prompt_cache, mode::on);
  EXPECT_EQ(routes.find("plain")->prompt_cache, mode::off);
  EXPECT_EQ(routes.find("as-usual")->prompt_cache, mode::observe);
  EXPECT_EQ(routes.find("gpt-4o-mini")->prompt_cache, mode::observe);
  EXPECT_EQ(routes.find("openai/anything")->prompt_cache, mode::observe);
  EXPECT_EQ(routes.find("tiny")->prompt_cache, mode::off) << "nothing to keep in this process";
  EXPECT_EQ(table_of(example()).find("gpt-4o-mini")->prompt_cache, mode::off);
  EXPECT_EQ(routes.price(0, "gpt-4o-mini"), routes.find("gpt-4o-mini")->price);
}

TEST(route_table, an_alias_pointed_elsewhere_has_another_identity) {
  config::settings settings = example();
  settings.routes.push_back({.model = "auto", .target = "public"});
  const auto before = table_of(settings).find("auto")->identity;
  EXPECT_EQ(before, table_of(settings).find("public")->identity);
  settings.routes[0].target = "tiny";
  EXPECT_NE(before, table_of(settings).find("auto")->identity);
}

std::vector<std::string> members_of(const route& one) {
  std::vector<std::string> names;
  for (const auto& member : one.chain) {
    names.push_back(member->provider + '/' + member->upstream_model);
  }
  return names;
}

TEST(route_table, a_route_of_several_targets_keeps_their_order_and_each_once) {
  config::settings settings = example();
  config::route_settings inner{.model = "inner", .target = {}};
  inner.targets = {{"openai/shared", 3}, {"other/shared", 1}};
  inner.fallbacks = {"tiny"};
  config::route_settings outer{.model = "outer", .target = {}};
  outer.targets = {{"public", 1}};
  outer.fallbacks = {"inner", "other/shared"};
  settings.routes = {outer, inner};
  const route_table routes = table_of(settings);
  const auto found = routes.find("inner");
  EXPECT_EQ(members_of(*found), (std::vector<std::string>{"openai/shared", "other/shared", "local/tiny"}));
  EXPECT_EQ(found->weights, (std::vector<std::uint32_t>{3, 1}));
  EXPECT_EQ(found->provider, "openai");
  EXPECT_EQ(members_of(*routes.find("outer")),
            (std::vector<std::string>{"other/private", "openai/shared", "other/shared", "local/tiny"}));
  EXPECT_NE(found->identity, routes.find("openai/shared")->identity) << "another's answers may be in its cache entries";
  EXPECT_EQ(found->made_by("other", "shared").provider, "other");
  EXPECT_EQ(&found->made_by("nobody", "shared"), found.get());
}

TEST(route_table, lists_every_name_once_sorted) {
  const route_table routes = table_of(example());
  std::vector<std::string> names;
  for (const auto& each : routes.all()) {
    names.push_back(each->public_name);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"gpt-4o-mini", "public", "shared", "small", "tiny", "unheard-of"}));
}

} // namespace
} // namespace inferenceflow::routing
