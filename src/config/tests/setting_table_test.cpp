#include "config/difference.h"
#include "config/document.h"
#include "config/load.h"
#include "config/setting_table.h"
#include "config/suggest.h"
#include "config/value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

namespace inferenceflow::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

load_outcome load(std::string_view text) {
  return load_settings_from_text(text, "f", "", {});
}

void check_scope(const setting_scope& scope, void* object) {
  std::set<std::string_view> keys;
  for (const auto& row : scope.settings) {
    EXPECT_TRUE(keys.insert(row.key).second) << row.key;
    EXPECT_FALSE(row.description.empty()) << row.key;
    EXPECT_FALSE(allowed_values(row).empty()) << row.key;
    const auto text = format_value(row, object);
    if (row.kind != value_kind::text_list && row.kind != value_kind::text_map && text != "\"\"") {
      EXPECT_EQ(parse_value(row, text, object), std::nullopt) << row.key << " refuses its own default " << text;
      EXPECT_EQ(format_value(row, object), text) << row.key;
    }
  }
  for (const auto& part : scope.parts) {
    EXPECT_TRUE(keys.insert(part.key).second) << part.key;
    check_scope(*part.scope, part.at(object));
  }
  for (const auto& list : scope.lists) {
    EXPECT_TRUE(keys.insert(list.key).second) << list.key;
    EXPECT_EQ(list.size(object), 0U) << list.key;
    check_scope(*list.entry, list.append(object));
  }
}

TEST(setting_table, every_default_is_valid_and_prints_as_it_is_read) {
  settings defaults;
  check_scope(root_scope(), &defaults);
}

TEST(setting_table, markdown_has_every_key) {
  const auto table = settings_markdown();
  for (const auto& row : root_scope().settings) {
    EXPECT_THAT(table, HasSubstr("| `" + std::string(row.key) + "` |"));
  }
  EXPECT_THAT(table, HasSubstr("| `providers[].models[].upstream_name` |"));
  EXPECT_THAT(table, HasSubstr("| `server.port` | integer, 0 to 65535 | `8080` | `PORT` | at restart | TCP port"));
  EXPECT_THAT(table, HasSubstr("`32MiB`"));
  EXPECT_THAT(table, HasSubstr("| `cache.semantic.error_max` | number, 0.0001 to 0.5 | `0.02` |  | at reload | Share"));
  EXPECT_THAT(table, HasSubstr("| `routes[].semantic` | mapping | `{}` | | at reload | The keys of `cache.semantic`"));
  EXPECT_THAT(table, HasSubstr("| `routes[].resilience` | mapping | `{}` | | at reload | The keys of `resilience`"));
}

TEST(setting_table, yaml_round_trip_changes_nothing) {
  const auto before = load(R"(
server: {port: 1, cors: {origins: ["*", "https://a.b"]}}
local: {models: [{name: m, file: "/a\"b $${X}", aliases: [k], price: {input_usd_per_mtok: 0.25}}]}
providers: [{name: p, base_url: 'http://x', models: [{name: a, upstream_name: b}], headers: {X-A: "1: 2"}}]
routes: [{model: r, target: m, cache: never, cache_ttl_s: 10, cache_trust: low, semantic: {mode: static, threshold: 0.123456}}]
cache: {semantic: {mode: verified, judge: {similarity_min: 1, model: m}}, semantic_store: {embedder: hashed}, rent_usd_per_gib_month: 3.5}
resilience: {retry: {attempts_max: 2}}
)");
  ASSERT_THAT(before.problems, IsEmpty());
  const auto again = load(settings_yaml(before.value));
  ASSERT_THAT(again.problems, IsEmpty()) << to_string(again.problems[0]) << settings_yaml(before.value);
  EXPECT_TRUE(diff(before.value, again.value).empty());
  EXPECT_EQ(again.value.local.models.at(0).file, "/a\"b ${X}");
  EXPECT_EQ(again.value.cache.semantic.judge_model, "m");
  EXPECT_EQ(again.value.routes.at(0).semantic.similarity_min, 0.123456);
  EXPECT_EQ(again.value.resilience.retry.attempts_max, 2U);
}

TEST(setting_table, yaml_never_holds_a_secret) {
  settings value;
  value.cache.redis.url = "redis://:hunter2@h";
  value.cache.secret = "hunter2";
  EXPECT_THAT(settings_yaml(value), testing::AllOf(HasSubstr("url: \"***\""), testing::Not(HasSubstr("hunter2"))));
}

TEST(difference, tells_live_from_restart) {
  const auto before = load("providers: [{name: p, base_url: 'http://x', any_model: true}, {name: gone, base_url: "
                           "'http://x', any_model: true}]");
  const auto after = load("server: {port: 1}\nlog: {level: warn}\n"
                          "local: {models: [{name: m, file: /f}]}\n"
                          "providers: [{name: new, base_url: 'http://x', any_model: true}, {name: p, base_url: "
                          "'http://y', any_model: true}]");
  ASSERT_TRUE(before.ok() && after.ok());
  const auto changes = diff(before.value, after.value);
  EXPECT_THAT(changes.needs_restart, ElementsAre("local.models[m]", "server.port"));
  EXPECT_THAT(changes.live, ElementsAre("log.level", "providers[new]", "providers[p].base_url", "providers[gone]"));
  EXPECT_TRUE(diff(after.value, after.value).empty());
}

TEST(difference, a_changed_key_is_a_live_change) {
  auto before = load("providers: [{name: p, base_url: 'http://x', any_model: true}]").value;
  auto after = before;
  after.providers[0].api_keys = {"k2"};
  EXPECT_THAT(diff(before, after).live, ElementsAre("providers[p].api_keys"));
}

TEST(difference, of_decimals_blocks_and_secrets) {
  settings before;
  auto after = before;
  after.cache.semantic.error_max = 0.03;
  after.cache.redis.url = "redis://h";
  after.cache.secret = "s";
  const auto changes = diff(before, after);
  EXPECT_THAT(changes.live, ElementsAre("cache.semantic.error_max"));
  EXPECT_THAT(changes.needs_restart, ElementsAre("cache.redis.url", "cache.secret"));
}

TEST(value, decimals_are_what_the_same_literal_is) {
  for (const auto& row : root_scope().settings) {
    if (row.key != "cache.rent_usd_per_gib_month") {
      continue;
    }
    settings value;
    double& rent = value.cache.rent_usd_per_gib_month;
    const std::pair<const char*, double> cases[] = {
        {"0.85", 0.85}, {"0.000001", 0.000001}, {"9999.999999", 9999.999999}, {"10000", 10000.0}, {"0", 0.0}};
    for (const auto& [text, expected] : cases) {
      EXPECT_EQ(parse_value(row, text, &value), std::nullopt) << text;
      EXPECT_EQ(rent, expected);
      EXPECT_EQ(format_value(row, &value), text);
    }
    EXPECT_TRUE(parse_value(row, "2.5x", &value).has_value());
    EXPECT_EQ(rent, 0.0) << "a wrong value changes nothing";
    return;
  }
  FAIL() << "no such row";
}

TEST(value, quantities_print_in_the_largest_unit_that_divides) {
  EXPECT_EQ(format_quantity(value_kind::bytes, 0), "0B");
  EXPECT_EQ(format_quantity(value_kind::bytes, 1'536), "1536B");
  EXPECT_EQ(format_quantity(value_kind::bytes, 1'073'741'824), "1GiB");
  EXPECT_EQ(format_quantity(value_kind::time_ms, 90'000), "90s");
  EXPECT_EQ(format_quantity(value_kind::time_s, 86'400), "1d");
  EXPECT_EQ(format_quantity(value_kind::count, 1'000), "1000");
}

TEST(value, dollars_are_exact) {
  EXPECT_EQ(parse_nano_usd("0.15"), 150'000'000);
  EXPECT_EQ(parse_nano_usd("999999999.999999999"), 999'999'999'999'999'999);
  for (const auto* wrong : {"", ".", ".5", "1.", "1.0000000001", "1,5", "$1", "1e2", " 1", "0x1", "nan"}) {
    EXPECT_EQ(parse_nano_usd(wrong), std::nullopt) << wrong;
  }
}

TEST(suggest, edit_distance) {
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("same", "same"), 0U);
  EXPECT_EQ(nearest_key("polcy", root_scope(), "cache."), "policy");
  EXPECT_EQ(nearest_key("durability", root_scope(), ""), "ledger.durability");
  EXPECT_EQ(nearest_key("zzzzzz", root_scope(), ""), "");
  EXPECT_EQ(nearest_key(std::string(100, 'a'), root_scope(), ""), "");
}

} // namespace
} // namespace inferenceflow::config
