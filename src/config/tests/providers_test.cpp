#include "config/load.h"
#include "config/url.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

namespace inferenceflow::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using variables = std::map<std::string, std::string, std::less<>>;

load_outcome load(const std::string& keys, variables set = {}, const file_reader& files = {}) {
  set.emplace("HOME", "/home/ann");
  const auto text = "providers: [{name: a, base_url: 'https://api.example.com/v1/', models: [m]" + keys + "}]";
  return load_settings_from_text(
      text, "f.yaml", "/etc",
      [set = std::move(set)](std::string_view name) {
        const auto found = set.find(name);
        return found == set.end() ? std::nullopt : std::optional<std::string>(found->second);
      },
      files);
}

TEST(providers, without_a_key_is_enabled) {
  const auto outcome = load("");
  ASSERT_THAT(outcome.problems, IsEmpty());
  const auto& provider = outcome.value.providers.at(0);
  EXPECT_TRUE(provider.enabled());
  EXPECT_EQ(provider.base_url, "https://api.example.com/v1");
  EXPECT_EQ(provider.models.at(0).upstream_name, "m");
}

TEST(providers, an_absent_key_disables_with_a_warning) {
  const auto outcome = load(", api_key_env: A_KEY");
  EXPECT_TRUE(outcome.ok());
  ASSERT_EQ(outcome.problems.size(), 1U);
  EXPECT_EQ(outcome.problems[0].level, severity::warning);
  EXPECT_EQ(outcome.value.providers.at(0).disabled_reason, "environment variable A_KEY is not set");
  EXPECT_THAT(load(", api_key_env: A_KEY", {{"A_KEY", "secret"}}).value.providers.at(0).api_keys,
              ElementsAre("secret"));
}

TEST(providers, batches_are_bought_where_their_form_is_known) {
  EXPECT_TRUE(load(", batch: {enabled: true, price_percent: 40}").ok());
  EXPECT_TRUE(load(", protocol: gemini, batch: {enabled: true}").ok());
  EXPECT_EQ(load(", batch: {enabled: true}").value.providers.at(0).batch.price_percent, 50U);
  const auto outcome = load(", protocol: cohere, batch: {enabled: true}");
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.problems[0].key, "providers[0].batch.enabled");
  EXPECT_FALSE(load(", batch: {price_percent: 0}").ok());
}

TEST(providers, times_of_the_pool_are_in_order) {
  const auto pool = [](const std::string& keys) {
    return load_settings_from_text(
        "batches: {pool: {" + keys + "}}", "f.yaml", "/etc",
        [](std::string_view name) { return name == "HOME" ? std::optional<std::string>{"/home/ann"} : std::nullopt; },
        {});
  };
  EXPECT_TRUE(pool("slack_min_s: 3, give_up_before_s: 2, promote_before_s: 2").ok());
  for (const auto* keys :
       {"slack_min_s: 3, give_up_before_s: 3, promote_before_s: 1", "give_up_before_s: 10, promote_before_s: 11",
        "poll_min_s: 10, poll_max_s: 9", "gather_s: -1", "lines_min: 0"}) {
    EXPECT_FALSE(pool(keys).ok()) << keys;
  }
}

file_reader one_file(std::string content) {
  return [content = std::move(content)](const std::string& path, std::size_t) {
    return path == "/etc/key.txt" ? std::optional<std::string>(content) : std::nullopt;
  };
}

TEST(providers, key_file_is_read_and_trimmed) {
  const file_reader files = one_file(" k1 \n");
  EXPECT_THAT(load(", api_key_file: key.txt", {}, files).value.providers.at(0).api_keys, ElementsAre("k1"));
  EXPECT_THAT(load(", api_key_file: other.txt", {}, files).value.providers.at(0).disabled_reason,
              HasSubstr("/etc/other.txt cannot be read"));
  EXPECT_FALSE(load(", api_key_file: key.txt, api_key_env: A", {{"A", "x"}}, files).ok());
}

TEST(providers, several_variables_are_several_keys) {
  const std::string keys = ", api_key_env: A, api_keys_env: [B, C]";
  const auto all = load(keys, {{"A", "k1"}, {"B", "k2"}, {"C", "k3"}});
  EXPECT_THAT(all.problems, IsEmpty());
  EXPECT_THAT(all.value.providers.at(0).api_keys, ElementsAre("k1", "k2", "k3"));

  const auto some = load(keys, {{"C", "k3"}});
  EXPECT_TRUE(some.ok());
  EXPECT_EQ(some.problems.size(), 2U);
  EXPECT_THAT(some.problems.at(0).message, HasSubstr("variable A is not set: one key fewer"));
  EXPECT_THAT(some.value.providers.at(0).api_keys, ElementsAre("k3"));
  EXPECT_TRUE(some.value.providers.at(0).enabled());

  const auto none = load(keys);
  EXPECT_TRUE(none.ok());
  EXPECT_EQ(none.value.providers.at(0).disabled_reason, "none of the 3 environment variables for its keys is set");
}

TEST(providers, a_key_given_twice_is_an_error_and_is_not_shown) {
  const auto same_name = load(", api_keys_env: [A, A]", {{"A", "sesame"}});
  ASSERT_FALSE(same_name.ok());
  EXPECT_EQ(same_name.problems.at(0).key, "providers[0].api_keys_env[1]");
  const auto same_key = load(", api_keys_env: [A, B]", {{"A", "sesame"}, {"B", "sesame"}});
  ASSERT_FALSE(same_key.ok());
  EXPECT_EQ(same_key.problems.at(0).key, "providers[0].api_keys_env[1]");
  EXPECT_THAT(to_string(same_key.problems.at(0)), testing::Not(HasSubstr("sesame")));
  EXPECT_FALSE(load(", api_keys_env: ['']", {{"A", "x"}}).ok());
}

TEST(providers, a_key_file_holds_a_key_per_line) {
  EXPECT_THAT(load(", api_key_file: key.txt", {}, one_file("k1\r\n\n k2\nk3")).value.providers.at(0).api_keys,
              ElementsAre("k1", "k2", "k3"));
  EXPECT_FALSE(load(", api_key_file: key.txt", {}, one_file("k1\nk1\n")).ok());
  EXPECT_FALSE(load(", api_key_file: key.txt", {}, one_file(" \n\n")).ok());
  EXPECT_FALSE(load(", api_key_file: key.txt", {}, one_file("k1 k2\n")).ok());
  EXPECT_FALSE(load(", api_key_file: key.txt", {}, one_file(std::string(k_secret_bytes_max + 1, 'k'))).ok());
  EXPECT_FALSE(load(", api_key_file: key.txt, api_keys_env: [A]", {{"A", "x"}}, one_file("k1")).ok());
  std::string many;
  for (std::size_t i = 0; i <= k_keys_max; ++i) {
    many += fmt::format("key-{}\n", i);
  }
  const auto outcome = load(", api_key_file: key.txt", {}, one_file(many));
  ASSERT_FALSE(outcome.ok());
  EXPECT_THAT(outcome.problems.at(0).allowed, "at most 64");
}

TEST(providers, a_key_that_no_header_may_carry_is_an_error_and_is_not_shown) {
  const auto outcome = load(", api_key_env: A_KEY", {{"A_KEY", "abc\r\nx-evil: 1"}});
  ASSERT_FALSE(outcome.ok());
  EXPECT_THAT(to_string(outcome.problems.at(0)), testing::Not(HasSubstr("abc")));
  EXPECT_THAT(outcome.value.providers.at(0).api_keys, IsEmpty());
}

TEST(providers, proxy_comes_from_file_then_environment) {
  const auto proxy_of = [](const std::string& keys, variables set) {
    const auto outcome = load(keys, std::move(set));
    EXPECT_TRUE(outcome.ok());
    return outcome.value.providers.at(0).proxy;
  };
  EXPECT_EQ(proxy_of("", {{"HTTPS_PROXY", "http://p:3128/"}}), "http://p:3128");
  EXPECT_EQ(proxy_of("", {{"https_proxy", "p:3128"}}), "http://p:3128");
  EXPECT_EQ(proxy_of("", {{"HTTP_PROXY", "http://p:3128"}}), "") << "only for http addresses";
  EXPECT_EQ(proxy_of("", {{"HTTPS_PROXY", "http://p:1"}, {"NO_PROXY", "x, .example.com"}}), "");
  EXPECT_EQ(proxy_of(", proxy: none", {{"HTTPS_PROXY", "http://p:1"}}), "");
  EXPECT_EQ(proxy_of(", proxy: 'http://u:w@q:2'", {{"HTTPS_PROXY", "http://p:1"}}), "http://u:w@q:2");
  const auto wrong = load("", {{"HTTPS_PROXY", "socks5://p"}});
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.problems[0].key, "HTTPS_PROXY");
}

TEST(providers, a_name_offered_twice_is_a_warning) {
  const auto outcome = load_settings_from_text(
      "providers: [{name: a, base_url: 'http://x', models: [m]}, {name: b, base_url: 'http://y', models: [m]}]", "f",
      "", {});
  EXPECT_TRUE(outcome.ok());
  ASSERT_EQ(outcome.problems.size(), 1U);
  EXPECT_THAT(outcome.problems[0].message, HasSubstr("reach this one as b/m"));
}

TEST(providers, routes_reach_every_kind_of_target) {
  const auto outcome = load_settings_from_text(
      "local: {models: [{name: l, file: /l, aliases: [k]}]}\n"
      "providers: [{name: a, base_url: 'http://x', models: [m], any_model: true}]\n"
      "routes: [{model: r1, target: l}, {model: r2, target: k}, {model: r3, target: local/l}, {model: r4, target: m},"
      " {model: r5, target: a/any/thing}, {model: r6, target: r5}, {model: m, cache: always}]",
      "f", "", {});
  EXPECT_THAT(outcome.problems, IsEmpty());
}

TEST(url, parts) {
  const auto v6 = parse_base_address("HTTP://[::1]:8000/a/");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->host, "::1");
  EXPECT_EQ(v6->port, 8000);
  EXPECT_EQ(v6->path, "/a");
  EXPECT_FALSE(v6->tls);
  EXPECT_EQ(parse_base_address("https://Ex.com")->port, 443);
  for (const auto* wrong : {"", "http://", "http:///x", "http://a b", "http://a:99999", "http://a:1x", "http://[::1",
                            "http://[::1]x", "http://a?q", "http://a#f", "//a", "http://a\nb", "http://ä"}) {
    EXPECT_FALSE(parse_base_address(wrong)) << wrong;
  }
}

TEST(url, no_proxy) {
  const auto bypass = [](const char* url, const char* list) { return bypasses_proxy(*parse_base_address(url), list); };
  EXPECT_TRUE(bypass("http://localhost:1", ""));
  EXPECT_TRUE(bypass("http://127.0.0.1", ""));
  EXPECT_TRUE(bypass("http://a.b", "*"));
  EXPECT_TRUE(bypass("http://a.b", "b"));
  EXPECT_TRUE(bypass("http://a.b", "x,.b"));
  EXPECT_TRUE(bypass("http://a.b:81", "A.B:81"));
  EXPECT_FALSE(bypass("http://a.b:82", "a.b:81"));
  EXPECT_FALSE(bypass("http://ab", "b"));
}

} // namespace
} // namespace inferenceflow::config
