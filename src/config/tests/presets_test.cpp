#include "config/builtin_presets.h"
#include "config/presets.h"
#include "config/setting_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

namespace inferenceflow::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

using variables = std::map<std::string, std::string, std::less<>>;

load_outcome load(const std::string& entry, const variables& set = {}, const std::string& presets = {}) {
  const auto text = (presets.empty() ? "" : "presets_file: p.yaml\n") + ("providers: [{" + entry + "}]");
  return load_settings_from_text(
      text, "f.yaml", "/etc",
      [&set](std::string_view name) {
        const auto found = set.find(name);
        return found == set.end() ? std::nullopt : std::optional<std::string>(found->second);
      },
      [&presets](const std::string& path, std::size_t) {
        return path == "/etc/p.yaml" ? std::optional<std::string>(presets) : std::nullopt;
      });
}

TEST(presets, every_built_in_one_loads_and_is_complete) {
  problem_log problems{"presets"};
  const auto all = read_presets(builtin_presets(), {}, problems);
  EXPECT_THAT(problems.take(), IsEmpty());
  EXPECT_GT(all.size(), 20U);
  const variables keys{{"AWS_BEARER_TOKEN_BEDROCK", "k"}};
  for (const auto& one : all) {
    const std::string base = one.value.base_url.empty() ? ", base_url: 'http://127.0.0.1:1'" : "";
    const auto outcome =
        load("name: a, models: [m], region: eu-west-1, resource: res, preset: " + one.value.name + base, keys);
    EXPECT_TRUE(outcome.ok()) << one.value.name << ": " << to_string(outcome.problems.at(0));
    EXPECT_THAT(presets_markdown(), HasSubstr("| `" + one.value.name + "` |"));
  }
}

TEST(presets, an_entry_takes_what_it_does_not_say) {
  const auto outcome = load("name: fast, preset: groq, models: [m], idle_timeout_ms: 7s", {{"GROQ_API_KEY", "k"}});
  ASSERT_THAT(outcome.problems, IsEmpty());
  const auto& got = outcome.value.providers.at(0);
  EXPECT_EQ(got.name, "fast");
  EXPECT_EQ(got.base_url, "https://api.groq.com/openai/v1");
  EXPECT_THAT(got.api_keys, ElementsAre("k"));
  EXPECT_EQ(got.dialect, chat_dialect::groq);
  EXPECT_EQ(got.price_provider, "groq");
  EXPECT_EQ(got.idle_timeout, std::chrono::seconds{7});
  EXPECT_EQ(dialect_word(got.dialect), "groq");
}

TEST(presets, what_the_entry_says_wins) {
  const auto own = load("name: a, preset: mistral, models: [m], base_url: 'http://x/v1', api_keys_env: [MINE], "
                        "stream_usage: true",
                        {{"MINE", "k"}, {"MISTRAL_API_KEY", "other"}});
  ASSERT_THAT(own.problems, IsEmpty());
  const auto& got = own.value.providers.at(0);
  EXPECT_EQ(got.base_url, "http://x/v1");
  EXPECT_THAT(got.api_keys, ElementsAre("k")) << "its own keys, not those beside the preset's";
  EXPECT_TRUE(got.stream_usage);
  EXPECT_EQ(got.dialect, chat_dialect::mistral);
}

TEST(presets, an_unknown_one_names_the_nearest) {
  const auto outcome = load("name: a, preset: grok, models: [m]");
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.problems.at(0).key, "providers[0].preset");
  EXPECT_THAT(outcome.problems.at(0).message, HasSubstr("did you mean groq?"));
  EXPECT_THAT(outcome.problems.at(0).allowed, HasSubstr("openrouter"));
}

TEST(presets, addresses_take_resource_and_region) {
  const variables keys{{"AZURE_OPENAI_API_KEY", "k"}, {"AWS_BEARER_TOKEN_BEDROCK", "k"}};
  const auto azure = load("name: a, preset: azure, resource: my-res, models: [m]", keys);
  ASSERT_THAT(azure.problems, IsEmpty());
  EXPECT_EQ(azure.value.providers.at(0).base_url, "https://my-res.openai.azure.com/openai/v1");
  EXPECT_EQ(azure.value.providers.at(0).key_header, "api-key");
  EXPECT_EQ(load("name: a, preset: bedrock, region: eu-west-1, models: [m]", keys).value.providers.at(0).base_url,
            "https://bedrock-runtime.eu-west-1.amazonaws.com");
  const auto missing = load("name: a, preset: azure, models: [m]", keys);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.problems.at(0).key, "providers[0].resource");
  for (const auto* evil : {"evil.example/", "a.b", "x@y", "a b"}) {
    EXPECT_FALSE(load(std::string("name: a, preset: azure, models: [m], resource: '") + evil + "'", keys).ok()) << evil;
  }
}

TEST(presets, bedrock_signs_where_it_has_no_api_key) {
  const variables pair{{"AWS_ACCESS_KEY_ID", "AKID"}, {"AWS_SECRET_ACCESS_KEY", "s"}, {"AWS_REGION", "eu-west-3"}};
  const auto outcome = load("name: a, preset: bedrock, models: [m]", pair);
  ASSERT_THAT(outcome.problems, IsEmpty());
  const auto& got = outcome.value.providers.at(0);
  EXPECT_TRUE(got.enabled());
  EXPECT_EQ(got.aws.access_key_id, "AKID");
  EXPECT_EQ(got.region, "eu-west-3");
  EXPECT_EQ(got.base_url, "https://bedrock-runtime.eu-west-3.amazonaws.com");

  variables both = pair;
  both.emplace("AWS_BEARER_TOKEN_BEDROCK", "k");
  EXPECT_EQ(load("name: a, preset: bedrock, models: [m]", both).value.providers.at(0).aws.access_key_id, "")
      << "an API key needs no signature";

  const auto none = load("name: a, preset: bedrock, region: eu-west-1, models: [m]");
  EXPECT_TRUE(none.ok());
  EXPECT_EQ(none.value.providers.at(0).disabled_reason,
            "environment variable AWS_BEARER_TOKEN_BEDROCK is not set, nor is AWS_ACCESS_KEY_ID");

  const auto half = load("name: a, preset: bedrock, region: eu-west-1, models: [m]", {{"AWS_ACCESS_KEY_ID", "AKID"}});
  EXPECT_EQ(half.value.providers.at(0).disabled_reason, "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not");
}

TEST(presets, the_region_comes_from_the_entry_then_the_host_then_the_environment) {
  const auto region = [](const std::string& keys) {
    const variables set{{"A", "AKID"}, {"S", "s"}, {"AWS_REGION", "from-env"}};
    const auto outcome = load("name: a, protocol: bedrock, models: [m], aws: {access_key_id_env: A, "
                              "secret_access_key_env: S}, " +
                                  keys,
                              set);
    EXPECT_TRUE(outcome.ok());
    return outcome.value.providers.at(0).region;
  };
  EXPECT_EQ(region("base_url: 'https://bedrock-runtime.us-east-1.amazonaws.com', region: own"), "own");
  EXPECT_EQ(region("base_url: 'https://bedrock-runtime.us-east-1.amazonaws.com'"), "us-east-1");
  EXPECT_EQ(region("base_url: 'https://bedrock-runtime-fips.us-west-2.amazonaws.com'"), "us-west-2");
  EXPECT_EQ(region("base_url: 'http://127.0.0.1:1'"), "from-env");
  const auto nowhere = load("name: a, protocol: bedrock, base_url: 'http://127.0.0.1:1', models: [m]",
                            {{"AWS_ACCESS_KEY_ID", "AKID"}, {"AWS_SECRET_ACCESS_KEY", "s"}});
  ASSERT_FALSE(nowhere.ok());
  EXPECT_EQ(nowhere.problems.at(0).key, "providers[0].region");
  const auto evil = load("name: a, preset: bedrock, region: x, models: [m]",
                         {{"AWS_ACCESS_KEY_ID", "AKID\r\nx: y"}, {"AWS_SECRET_ACCESS_KEY", "s"}});
  ASSERT_FALSE(evil.ok());
  EXPECT_THAT(to_string(evil.problems.at(0)), testing::Not(HasSubstr("AKID")));
}

TEST(presets, one_without_an_address_asks_for_it) {
  const auto outcome = load("name: a, preset: llama-server, models: [m]");
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.problems.at(0).key, "providers[0].base_url");
}

TEST(presets, the_operators_file_wins) {
  const std::string file = "presets:\n  - {name: groq, base_url: 'http://mine/v1', headers: {X-A: '1', X-B: '2'}}\n"
                           "  - {name: house, base_url: 'http://house/v1', protocol: anthropic}\n";
  const auto groq = load("name: a, preset: groq, models: [m], headers: {X-B: '3'}", {}, file);
  ASSERT_THAT(groq.problems, IsEmpty());
  EXPECT_EQ(groq.value.providers.at(0).base_url, "http://mine/v1");
  EXPECT_THAT(groq.value.providers.at(0).headers, ElementsAre(Pair("X-B", "3"), Pair("X-A", "1")));
  EXPECT_EQ(load("name: a, preset: house, models: [m]", {}, file).value.providers.at(0).protocol,
            dialogue::protocol::anthropic);
}

TEST(presets, mistakes_in_the_operators_file_are_told_with_its_name) {
  const auto first_of = [](const std::string& file) {
    const auto outcome = load("name: a, base_url: 'http://x/v1', models: [m]", {}, file);
    EXPECT_FALSE(outcome.ok()) << file;
    return outcome.ok() ? std::string{} : to_string(outcome.problems.at(0));
  };
  EXPECT_THAT(first_of("presets: [{name: a, base_ulr: 'http://x'}]"),
              testing::AllOf(HasSubstr("/etc/p.yaml"), HasSubstr("did you mean base_url?")));
  EXPECT_THAT(first_of("presets: [{name: a}, {name: a}]"), HasSubstr("preset given twice"));
  EXPECT_THAT(first_of("presets: [{name: a, preset: groq}]"), HasSubstr("does not build on another"));
  EXPECT_THAT(first_of("presets: [{name: a, models: [m]}]"), HasSubstr("offers no models"));
  EXPECT_THAT(first_of("presets: 7"), HasSubstr("wrong type"));
  EXPECT_THAT(first_of("presets: ["), HasSubstr("p.yaml"));
  const auto absent = load_settings_from_text("presets_file: /none.yaml", "f", "", {}, {});
  ASSERT_FALSE(absent.ok());
  EXPECT_THAT(to_string(absent.problems.at(0)), HasSubstr("/none.yaml"));
}

} // namespace
} // namespace inferenceflow::config
