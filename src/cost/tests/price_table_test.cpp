#include "cost/match_rule.h"
#include "cost/price_table.h"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace inferenceflow::cost {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class price_table_test : public testing::Test {
protected:
  price_table_test() {
    std::string pattern = (std::filesystem::temp_directory_path() / "price_table_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~price_table_test() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string write(const std::string& text) const {
    std::ofstream(folder_ / "prices.json") << text;
    return (folder_ / "prices.json").string();
  }

  static std::shared_ptr<const price_table> load(const price_table_options& options) {
    auto table = price_table::load(options);
    EXPECT_TRUE(table.has_value()) << table.error().message;
    return *table;
  }

  static std::int64_t input_of(const price_handle& handle) {
    return handle->at(wall_time{std::chrono::seconds{1'800'000'000}}).tiers.at(0).input.nano_usd_per_mtok;
  }

  std::filesystem::path folder_;
};

std::string file_with(const std::string& models) {
  return R"({"format":"inferenceflow-prices-1","providers":[{"id":"acme","api":["api.acme.test"],"models":[)" + models +
         "]}]}";
}

TEST_F(price_table_test, built_in_facts_load_and_name_their_origin) {
  const auto table = load({});
  EXPECT_GT(table->origin().models, 1'000U);
  EXPECT_EQ(table->origin().licence, "MIT");
  EXPECT_FALSE(table->origin().commit.empty());
  EXPECT_EQ(table->origin().date.size(), 10U);
}

TEST_F(price_table_test, dated_suffixes_aliases_and_case_find_the_model) {
  const auto table = load({});
  const auto base = table->lookup("openai", "gpt-4o-mini");
  EXPECT_FALSE(base->ceiling);
  EXPECT_EQ(base->model, "gpt-4o-mini");
  EXPECT_EQ(input_of(base), 150'000'000);
  EXPECT_EQ(table->lookup("openai", "gpt-4o-mini-2024-07-18"), base);
  EXPECT_EQ(table->lookup("OpenAI", "GPT-4o-Mini"), base);
  EXPECT_EQ(table->lookup("", "gpt-4o-mini"), base);
  EXPECT_EQ(table->lookup("my-openai", "gpt-4o-mini"), base);
  EXPECT_EQ(table->lookup("bedrock", "amazon.nova-lite-v1:0")->provider, "aws");
  EXPECT_EQ(table->lookup("azure", "gpt-4o-mini"), base) << "served by another provider at its prices";
}

TEST_F(price_table_test, unknown_models_cost_the_ceiling) {
  const auto table = load({.ceiling = flat_price({1}, {2})});
  for (const auto& [provider, model] :
       {std::pair{"openai", "no-such-model"}, std::pair{"nobody", "gpt-4o-mini"}, std::pair{"", "no-such-model"}}) {
    const auto found = table->lookup(provider, model);
    EXPECT_TRUE(found->ceiling) << provider << "/" << model;
    EXPECT_EQ(input_of(found), 1);
  }
}

TEST_F(price_table_test, prices_change_with_the_date) {
  const auto sonnet = load({})->lookup("anthropic", "claude-sonnet-5");
  const auto input_on = [&](std::chrono::sys_days day) { return sonnet->at(day).tiers[0].input.nano_usd_per_mtok; };
  using namespace std::chrono;
  EXPECT_EQ(input_on(2026y / 8 / 31), 2'000'000'000);
  EXPECT_EQ(input_on(2026y / 9 / 1), 3'000'000'000);
}

TEST_F(price_table_test, configured_price_beats_the_operators_file_which_beats_the_facts) {
  const std::string over = write(R"({"format":"inferenceflow-prices-1","providers":[{"id":"openai","models":[
    {"id":"gpt-4o-mini","input":"0.000000005","output":"1"},{"id":"gpt-4.1","input":"0.000000006"}]}]})");
  const auto table =
      load({.override_file = over,
            .configured = {{"openai", "gpt-4.1", flat_price({7}, {7})}, {"local", "*", flat_price({8}, {8})}}});
  EXPECT_EQ(input_of(table->lookup("openai", "gpt-4o-mini")), 5);
  EXPECT_EQ(table->lookup("openai", "gpt-4o-mini-2024-07-18")->at({}).tiers[0].input.nano_usd_per_mtok, 150'000'000)
      << "an id without a rule stands for itself alone";
  EXPECT_EQ(input_of(table->lookup("openai", "GPT-4.1")), 7);
  EXPECT_EQ(input_of(table->lookup("local", "anything")), 8);
  EXPECT_FALSE(table->lookup("local", "anything")->ceiling);
}

TEST_F(price_table_test, parts_without_a_price_are_never_free) {
  const auto table =
      load({.facts_file = write(file_with(R"({"id":"m","input":2,"output":"3"},{"id":"e","input":"2"})"))});
  const auto& chat = table->lookup("acme", "m")->at({}).tiers[0];
  EXPECT_EQ(chat.cached_input, chat.input);
  EXPECT_EQ(chat.cache_write, chat.input);
  EXPECT_EQ(chat.cache_write_hour, chat.input);
  EXPECT_EQ(chat.reasoning, chat.output);
  EXPECT_EQ(table->lookup("acme", "e")->at({}).tiers[0].output.nano_usd_per_mtok, 2'000'000'000);
}

TEST_F(price_table_test, claude_charges_twice_the_input_price_for_an_hour) {
  const auto table = load({});
  for (const auto& [provider, model] :
       {std::pair{"anthropic", "claude-sonnet-4-5"}, std::pair{"anthropic", "claude-3-haiku"},
        std::pair{"aws", "global.anthropic.claude-haiku-4-5-20251001-v1:0"}}) {
    for (const auto& tier : table->lookup(provider, model)->at({}).tiers) {
      EXPECT_EQ(tier.cache_write_hour.nano_usd_per_mtok, 2 * tier.input.nano_usd_per_mtok) << model;
      EXPECT_LT(tier.cache_write, tier.cache_write_hour) << model;
    }
  }
  const auto& other = table->lookup("openai", "gpt-5.6")->at({}).tiers[0];
  EXPECT_EQ(other.cache_write_hour, other.cache_write);
}

TEST_F(price_table_test, an_hours_write_costs_as_any_write_unless_the_file_says_otherwise) {
  const auto table = load({.facts_file = write(file_with(R"({"id":"m","input":"2","cache_write":"3"},
      {"id":"h","input":"2","cache_write":"3","cache_write_hour":"4","output":"1"})"))});
  EXPECT_EQ(table->lookup("acme", "m")->at({}).tiers[0].cache_write_hour.nano_usd_per_mtok, 3'000'000'000);
  EXPECT_EQ(table->lookup("acme", "h")->at({}).tiers[0].cache_write_hour.nano_usd_per_mtok, 4'000'000'000);
}

TEST_F(price_table_test, provider_is_found_by_its_url) {
  const auto table = load({});
  EXPECT_EQ(table->provider_at("https://api.openai.com/v1"), "openai");
  EXPECT_EQ(table->provider_at("https://API.OpenAI.com:443/v1"), "openai");
  EXPECT_EQ(table->provider_at("https://me.openai.azure.com/openai"), "azure");
  EXPECT_EQ(table->provider_at("https://bedrock-runtime.us-east-1.amazonaws.com"), "aws");
  EXPECT_EQ(table->provider_at("https://router.huggingface.co/groq/v1"), "huggingface_groq");
  EXPECT_EQ(table->provider_at("http://127.0.0.1:8000/v1"), "");
  EXPECT_EQ(table->provider_at("https://api.openai.com.evil.test/v1"), "");
  EXPECT_EQ(table->provider_at(""), "");
}

struct bad_file {
  const char* name;
  std::string text;
  std::vector<std::string> message;
};

class bad_price_file_test : public price_table_test, public testing::WithParamInterface<bad_file> {};

TEST_P(bad_price_file_test, message_names_file_key_and_what_is_allowed) {
  const std::string path = write(GetParam().text);
  const auto table = price_table::load({.override_file = path});
  ASSERT_FALSE(table.has_value());
  EXPECT_EQ(table.error().kind, error_kind::invalid_request);
  EXPECT_THAT(table.error().message, HasSubstr(path));
  for (const auto& part : GetParam().message) {
    EXPECT_THAT(table.error().message, HasSubstr(part));
  }
}

INSTANTIATE_TEST_SUITE_P(
    files, bad_price_file_test,
    testing::Values(
        bad_file{"not_json", "{", {"is not JSON"}}, bad_file{"empty", "", {"is not JSON"}},
        bad_file{"array", "[]", {"an object is needed"}},
        bad_file{"no_format", R"({"providers":[]})", {"format", "inferenceflow-prices-1"}},
        bad_file{"unknown_key", R"({"prices":[]})", {"prices", "known are"}},
        bad_file{"negative", file_with(R"({"id":"m","input":"-1"})"), {"providers[0].models[0].input", "from 0"}},
        bad_file{"negative_number", file_with(R"({"id":"m","input":-1})"), {"models[0].input", "from 0"}},
        bad_file{"floating", file_with(R"({"id":"m","input":0.1})"), {"models[0].input", "in quotes"}},
        bad_file{"nan", file_with(R"({"id":"m","input":"NaN"})"), {"models[0].input", "decimal"}},
        bad_file{"absurd", file_with(R"({"id":"m","input":"1000001"})"), {"models[0].input", "1000000"}},
        bad_file{"too_fine", file_with(R"({"id":"m","input":"0.0000000001"})"), {"nine decimals"}},
        bad_file{"null_price", file_with(R"({"id":"m","input":null})"), {"models[0].input", "null"}},
        bad_file{"no_price", file_with(R"({"id":"m"})"), {"models[0]", "\"m\"", "\"input\""}},
        bad_file{"no_id", file_with(R"({"input":"1"})"), {"models[0]", "\"id\""}},
        bad_file{"misspelt", file_with(R"({"id":"m","imput":"1"})"), {"models[0].imput", "cached_input"}},
        bad_file{"key_twice", file_with(R"({"id":"m","input":"1","input":"2"})"), {"models[0].input", "twice"}},
        bad_file{"model_twice", file_with(R"({"id":"m","input":"1"},{"id":"M","input":"2"})"), {"models[1]", "twice"}},
        bad_file{"provider_twice",
                 R"({"format":"inferenceflow-prices-1","providers":[{"id":"a","models":[]},{"id":"A","models":[]}]})",
                 {"providers[1]", "twice"}},
        bad_file{"empty_rule", file_with(R"({"id":"m","match":[{}],"input":"1"})"), {"match[0]", "every name"}},
        bad_file{"empty_clause", file_with(R"({"id":"m","match":[{"contains":""}],"input":"1"})"), {"contains"}},
        bad_file{"tiers_fall",
                 file_with(R"({"id":"m","input":"1","tiers":[{"above":9,"input":"1"},{"above":9,"input":"2"}]})"),
                 {"tiers[1].above", "rise"}},
        bad_file{
            "tier_without_price", file_with(R"({"id":"m","input":"1","tiers":[{"above":9}]})"), {"tiers[0]", "input"}},
        bad_file{
            "no_such_day", file_with(R"({"id":"m","periods":[{"from":"2026-02-30","input":"1"}]})"), {"from", "a day"}},
        bad_file{"no_periods", file_with(R"({"id":"m","periods":[]})"), {"periods", "1 to"}},
        bad_file{
            "both", file_with(R"({"id":"m","input":"1","periods":[{"input":"1"}]})"), {"models[0]", "one of them"}}),
    [](const auto& file) { return file.param.name; });

TEST_F(price_table_test, missing_file_is_named) {
  EXPECT_THAT(price_table::load({.override_file = "/nonexistent/prices.json"}).error().message,
              AllOf(HasSubstr("/nonexistent/prices.json"), HasSubstr("cannot be read")));
  EXPECT_FALSE(price_table::load({.facts_file = folder_.string()}).has_value());
}

TEST(match_rule_test, clauses) {
  EXPECT_TRUE(matches({match_kind::pattern, "flash-#*"}, "flash-7-preview"));
  EXPECT_FALSE(matches({match_kind::pattern, "flash-#*"}, "flash-"));
  EXPECT_FALSE(matches({match_kind::pattern, "flash-#*"}, "flash-x"));
  EXPECT_TRUE(matches({match_kind::pattern, "g-##"}, "g-42"));
  EXPECT_FALSE(matches({match_kind::pattern, "g-##"}, "g-423"));
  EXPECT_TRUE(matches({match_kind::ends_with, "b"}, "ab"));
  const match_rule both{{{match_kind::contains, "a"}, {match_kind::contains, "b"}}};
  EXPECT_TRUE(matches(both, "xbxa"));
  EXPECT_FALSE(matches(both, "a"));
  EXPECT_FALSE(matches(match_rule{}, "a"));
}

} // namespace
} // namespace inferenceflow::cost
