#include "codecs/openai_chat/codec.h"
#include "replay/routed_choice.h"
#include "replay/tests/replay_samples.h"

namespace inferenceflow::replay {
namespace {

/// The small model is good at what is called easy; gpt-4.1 is unknown to it.
class knows_two final : public quality::predictor {
public:
  std::span<const std::string> models() const noexcept override { return names_; }
  std::string_view space() const noexcept override { return {}; }
  std::string_view name() const noexcept override { return "two"; }
  void predict_from(const quality::features& read, std::span<const float> /*vector*/,
                    std::span<quality::estimate> out) const override {
    const auto words = read.words();
    const bool easy = std::find(words.begin(), words.end(), easy_.words().front()) != words.end();
    out[0] = {.known = true, .quality = 0.9F, .output_tokens = 100};
    out[1] = {.known = true, .quality = easy ? 0.89F : 0.3F, .output_tokens = 50};
  }

private:
  static quality::features features_of(std::string_view text) {
    quality::features read;
    quality::extract({.text = text}, read);
    return read;
  }
  std::vector<std::string> names_{"gpt-4o", "openai/gpt-4o-mini"};
  quality::features easy_ = features_of("easy");
};

constexpr const char* k_routed = R"(
local: { enabled: false }
providers:
  - name: openai
    base_url: https://api.openai.com/v1
    api_key_env: OPENAI_API_KEY
    models: [{ name: big, upstream_name: gpt-4o }, gpt-4o-mini, gpt-4.1]
cache: { enabled: false }
routes:
  - model: gpt-4o
    targets: [big, gpt-4o-mini]
    routing: { strategy: cost_optimal, quality_min: 0.95 }
)";

const dialogue::codec_set& openai_codec() {
  static const auto all = [] {
    auto made = std::make_unique<dialogue::codec_set>();
    made->add(std::make_unique<codecs::openai_chat::codec>());
    return made;
  }();
  return *all;
}

totals routed(std::deque<record> records, routers known, const char* yaml = k_routed) {
  log_feed feed{std::make_unique<given_records>(std::move(records))};
  replay_options options;
  options.runs.push_back({.what = configured(yaml)});
  options.runs.front().choice = std::make_unique<routed_choice>(openai_codec(), std::move(known), embed_text{});
  return replay(feed, "a log", std::move(options), openai_codec()).value().runs.front();
}

/// The routers of a route without a file lie under the empty name.
routers two() {
  return {{"", std::make_shared<knows_two>()}};
}

TEST(routed_choice, the_cheapest_that_is_good_enough_answers) {
  const totals run = routed({sample_record(0, "an easy one"), sample_record(20, "a hard one")}, two());
  // 1,000 and, half as long as the other's, 50 tokens at 0.15 and 0.60 dollars a million.
  constexpr std::int64_t k_easy_nano = 150'000 + 30'000;
  EXPECT_EQ(run.cost.nano_usd(), k_gpt_4o_nano + k_easy_nano);
  EXPECT_EQ(lever_of(run, lever::routing).saved.nano_usd(), k_gpt_4o_nano - k_easy_nano);
  EXPECT_EQ(run.qualities, 2U);
  EXPECT_NEAR(run.quality / 2, (0.9 + 0.89) / 2, 1e-6);
  EXPECT_NEAR(run.direct_quality / 2, 0.9, 1e-6);
  EXPECT_EQ(run.lacking.unrated.requests, 0U);
  EXPECT_EQ(run.lacking.unrouted.requests, 0U);
  expect_sums(run);
}

TEST(routed_choice, hidden_tokens_are_part_of_the_length_that_another_model_is_expected_to_have) {
  auto thinking = sample_record(0, "an easy one");
  thinking.usage = cost::token_usage{.fresh_input = 1'000, .output = 60, .reasoning = 40};
  EXPECT_EQ(routed({thinking}, two()).cost.nano_usd(), 150'000 + 50 * 600);
}

constexpr const char* k_by_tag = R"(
local: { enabled: false }
providers:
  - name: openai
    base_url: https://api.openai.com/v1
    api_key_env: OPENAI_API_KEY
    models: [{ name: big, upstream_name: gpt-4o, tags: [eu] }, gpt-4o-mini]
routes:
  - { model: gpt-4o, targets: [big, gpt-4o-mini], routing: { strategy: cost_optimal, tags: [eu] } }
)";

TEST(routed_choice, tags_of_the_route_are_kept_to_and_embeddings_are_not_routed) {
  EXPECT_EQ(routed({sample_record(0, "an easy one")}, two(), k_by_tag).cost.nano_usd(), k_gpt_4o_nano);
  auto embeds = sample_record(0, "an easy one");
  embeds.path = "/v1/embeddings";
  embeds.body = R"({"model":"gpt-4o","input":"easy"})";
  const totals run = routed({embeds}, two());
  EXPECT_EQ(run.cost, run.judged.direct);
  EXPECT_EQ(run.lacking.unrouted.requests, 0U);
}

constexpr const char* k_near_in_price = R"(
local: { enabled: false }
providers:
  - name: openai
    base_url: https://api.openai.com/v1
    api_key_env: OPENAI_API_KEY
    models: [{ name: big, upstream_name: gpt-4o, quality: 0.9 }, { name: gpt-4.1, quality: 0.9, cannot: [json_schema] }]
cache: { enabled: false }
routes:
  - { model: gpt-4o, targets: [big, gpt-4.1], routing: { strategy: cost_optimal } }
)";

TEST(routed_choice, a_conversation_stays_where_its_prefix_is_paid_for) {
  const std::string story(8'000, 's');
  const std::string schema =
      R"("response_format":{"type":"json_schema","json_schema":{"name":"s","schema":{"type":"object"}}})";
  const auto run_of = [&](const std::string& first, const std::string& then) {
    return routed({sample_record(0, first, schema), sample_record(60, then, "\"temperature\":0")}, {}, k_near_in_price);
  };
  EXPECT_EQ(run_of(story, story).cost.nano_usd(), 2 * k_gpt_4o_nano);
  EXPECT_LT(run_of(story, story + "another").cost.nano_usd(), 2 * k_gpt_4o_nano) << "gpt-4.1 costs less by itself";
}

TEST(routed_choice, without_a_router_the_routes_order_stands_and_is_said_to) {
  const totals run = routed({sample_record(0, "an easy one")}, {});
  EXPECT_EQ(run.cost.nano_usd(), k_gpt_4o_nano);
  EXPECT_EQ(run.lacking.unrouted.requests, 1U);
  auto bodiless = sample_record(0, "an easy one");
  bodiless.body.clear();
  EXPECT_EQ(routed({bodiless}, two()).lacking.unrouted.requests, 1U);
}

TEST(routed_choice, routes_without_a_strategy_are_left_alone) {
  const totals run = routed({sample_record(0, "an easy one")}, two(), k_plain);
  EXPECT_EQ(run.cost.nano_usd(), k_gpt_4o_nano);
  EXPECT_EQ(run.lacking.unrouted.requests, 0U);
}

TEST(routed_choice, feedback_in_the_log_judges_what_would_have_been_chosen) {
  // Drawn half and half in the log: the small model scored 0.4 on easy questions, the big one 0.8.
  std::deque<record> records;
  for (int i = 0; i < 200; ++i) {
    records.push_back(sample_record(20 * i, "easy " + std::to_string(i)));
    const bool small = i % 2 == 0;
    records.back().judged = judged_choice{
        .chosen = small ? "openai/gpt-4o-mini" : "openai/gpt-4o", .propensity = 0.5, .score = small ? 0.4 : 0.8};
  }
  records[0].judged->chosen = "elsewhere/model"; // no target of the route: left out
  records[1].judged->propensity = 1;             // nothing else could have been
  const totals run = routed(std::move(records), two());
  ASSERT_EQ(run.judgements.size(), 199U);
  EXPECT_EQ(run.judgements[0].possible, (std::vector<bool>{true, false}));
  EXPECT_EQ(run.judgements[1].possible, (std::vector<bool>{true, true}));
  const auto earned = learning::judge_policy(run.judgements).value();
  EXPECT_NEAR(earned.doubly_robust.value, 0.4, 0.02); // it would always have taken the small one
  EXPECT_NEAR(earned.logged.value, 0.6, 0.02);
}

} // namespace
} // namespace inferenceflow::replay
