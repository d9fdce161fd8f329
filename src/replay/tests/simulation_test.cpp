#include "replay/simulation.h"
#include "replay/tests/replay_samples.h"

namespace inferenceflow::replay {
namespace {

TEST(simulation, a_repetition_in_flight_is_shared_and_a_later_one_is_cached) {
  const auto found = replay_all({sample_record(0, "a"), sample_record(5, "a"), sample_record(20, "a"),
                                 sample_record(30, "b"), sample_record(31, "a", "\"temperature\":1")},
                                {configured(k_plain)});
  const auto& run = found->runs.front();
  EXPECT_EQ(run.judged.requests, 5U);
  EXPECT_EQ(run.judged.direct.nano_usd(), 5 * k_gpt_4o_nano);
  EXPECT_EQ(run.cost.nano_usd(), 3 * k_gpt_4o_nano);
  EXPECT_EQ(run.calls, 3U);
  EXPECT_EQ(lever_of(run, lever::coalescing).requests, 1U);
  EXPECT_EQ(lever_of(run, lever::coalescing).saved.nano_usd(), k_gpt_4o_nano);
  EXPECT_EQ(lever_of(run, lever::exact_cache).requests, 1U);
  EXPECT_EQ(lever_of(run, lever::exact_cache).saved.nano_usd(), k_gpt_4o_nano);
  expect_sums(run);
}

TEST(simulation, an_answer_is_there_in_the_millisecond_in_which_it_ended) {
  const auto found = replay_all({sample_record(0, "a"), sample_record(10, "a")}, {configured(k_plain)});
  EXPECT_EQ(lever_of(found->runs.front(), lever::exact_cache).requests, 1U);
}

TEST(simulation, what_may_have_been_sampled_is_never_a_hit) {
  std::deque<record> records{sample_record(0, "a"), sample_record(20, "a")};
  for (auto& each : records) {
    each.parameters_known = false;
  }
  EXPECT_EQ(replay_all(std::move(records), {configured(k_plain)})->runs.front().calls, 2U);
}

TEST(simulation, a_share_of_a_price_is_rounded_up) {
  auto tiny = sample_record(0, "a");
  tiny.model = "gpt-4o-mini";
  tiny.usage = cost::token_usage{.fresh_input = 1}; // 150 nano-dollars
  tiny.batch = batch_use::could_wait;
  const auto found =
      replay_all({tiny}, {configured(std::string{k_plain} + "    batch: { enabled: true, price_percent: 33 }\n")});
  EXPECT_EQ(found->runs.front().cost.nano_usd(), 50);
}

/// Three requests with one long beginning; of the second the log says that most of it came from the provider's cache.
std::deque<record> long_beginnings(bool provider_caches) {
  std::deque<record> records;
  for (int i = 0; i < 3; ++i) {
    records.push_back(sample_record(60 * i, "q"));
    records.back().body = fmt::format(
        R"({{"model":"gpt-4o","messages":[{{"role":"system","content":"{}"}},{{"role":"user","content":"{}"}}]}})",
        std::string(12'000, 's'), i);
    const bool cached = provider_caches && i == 1;
    records.back().usage =
        cost::token_usage{.fresh_input = cached ? 1'000 : 3'000, .cached_input = cached ? 2'000 : 0, .output = 100};
  }
  return records;
}

constexpr const char* k_to_mini = R"(
local: { enabled: false }
providers:
  - { name: openai, base_url: "https://api.openai.com/v1", api_key_env: OPENAI_API_KEY, models: [gpt-4o-mini] }
routes:
  - { model: gpt-4o, target: gpt-4o-mini }
)";

TEST(simulation, another_models_prefix_cache_is_taken_to_do_what_the_log_shows_that_one_does) {
  const auto moved = replay_all(long_beginnings(true), {configured(k_to_mini)});
  EXPECT_GT(lever_of(moved->runs.front(), lever::prefix).saved.nano_usd(), 0); // of the third
  expect_sums(moved->runs.front());
  const auto never = replay_all(long_beginnings(false), {configured(k_to_mini)});
  EXPECT_EQ(lever_of(never->runs.front(), lever::prefix).requests, 0U) << "it was never seen to cache";
  const auto stayed = replay_all(long_beginnings(true), {configured(k_plain)});
  EXPECT_EQ(lever_of(stayed->runs.front(), lever::prefix).requests, 0U) << "the log has what it cost";
  EXPECT_EQ(stayed->runs.front().cost, stayed->runs.front().judged.direct);
}

TEST(simulation, what_it_does_not_know_of_a_route_is_told) {
  const auto found = replay_all({sample_record(0, "a")}, {configured(R"(
local: { enabled: false }
providers:
  - { name: openai, base_url: "https://api.openai.com/v1", api_key_env: OPENAI_API_KEY, models: [house-model, gpt-4o] }
routes:
  - { model: gpt-4o, targets: [house-model, openai/gpt-4o], routing: { escalation: { enabled: true } } }
)")});
  EXPECT_EQ(found->runs.front().lacking.ceiling.requests, 1U);
  EXPECT_EQ(found->runs.front().lacking.unescalated.requests, 1U);
}

TEST(simulation, kept_answers_end_with_their_time_and_tenants_share_none) {
  auto other = sample_record(40, "a");
  other.tenant = "somebody else";
  const auto found = replay_all({sample_record(0, "a"), other, sample_record(3'700, "a")}, {configured(k_plain)});
  EXPECT_EQ(found->runs.front().calls, 3U); // the hour of cache.ttl_s began when the answer was there, at 10 s
  const auto in_time = replay_all({sample_record(0, "a"), sample_record(3'600, "a")}, {configured(k_plain)});
  EXPECT_EQ(in_time->runs.front().calls, 1U);
}

TEST(simulation, configurations_do_not_hear_of_each_other) {
  const auto found =
      replay_all({sample_record(0, "a"), sample_record(20, "a")},
                 {configured(k_plain), configured(std::string{k_plain} + "cache: { enabled: false }\n", "b")});
  EXPECT_EQ(found->runs[0].cost.nano_usd(), k_gpt_4o_nano);
  EXPECT_EQ(found->runs[1].cost.nano_usd(), 2 * k_gpt_4o_nano);
}

TEST(simulation, another_model_saves_by_its_price) {
  const auto found = replay_all({sample_record(0, "a"), sample_record(20, "a"), sample_record(30, "b")}, {configured(R"(
local: { enabled: false }
providers:
  - { name: openai, base_url: "https://api.openai.com/v1", api_key_env: OPENAI_API_KEY, models: [gpt-4o-mini] }
routes:
  - { model: gpt-4o, target: gpt-4o-mini }
)")});
  const auto& run = found->runs.front();
  EXPECT_EQ(run.cost.nano_usd(), 2 * k_mini_nano);
  EXPECT_EQ(lever_of(run, lever::routing).saved.nano_usd(), 2 * (k_gpt_4o_nano - k_mini_nano));
  EXPECT_EQ(lever_of(run, lever::exact_cache).saved.nano_usd(), k_gpt_4o_nano); // of what it cost directly
  EXPECT_EQ(run.lacking.unrated.requests, 2U);
  expect_sums(run);
}

TEST(simulation, work_that_can_wait_is_bought_in_batches_where_the_provider_has_them) {
  auto waiting = sample_record(0, "a");
  waiting.batch = batch_use::could_wait;
  auto bought = sample_record(30, "b");
  bought.batch = batch_use::bought;
  const auto found = replay_all({waiting, bought}, {configured(R"(
local: { enabled: false }
providers:
  - name: openai
    base_url: https://api.openai.com/v1
    api_key_env: OPENAI_API_KEY
    models: [gpt-4o]
    batch: { enabled: true }
)"),
                                                    configured(k_plain, "b")});
  EXPECT_EQ(found->runs[0].judged.direct.nano_usd(), k_gpt_4o_nano + k_gpt_4o_nano / 2);
  EXPECT_EQ(found->runs[0].cost.nano_usd(), k_gpt_4o_nano);
  EXPECT_EQ(lever_of(found->runs[0], lever::batch).saved.nano_usd(), k_gpt_4o_nano / 2);
  EXPECT_EQ(found->runs[1].cost, found->runs[1].judged.direct);
  expect_sums(found->runs[0]);
}

TEST(simulation, what_cannot_be_judged_is_counted_with_its_cost) {
  auto no_body = sample_record(0, "a");
  no_body.body.clear();
  auto broken = sample_record(20, "a");
  broken.body = R"({"model":"gpt-4o","messages":[)";
  auto no_usage = sample_record(40, "a");
  no_usage.usage.reset();
  auto no_latency = sample_record(60, "c");
  no_latency.latency_ms.reset();
  auto unserved = sample_record(80, "d");
  unserved.model = "gpt-4.1";
  unserved.served = "gpt-4o";
  auto partial = sample_record(100, "e");
  partial.parameters_known = false;
  const auto found = replay_all({no_body, broken, no_usage, no_latency, unserved, partial}, {configured(k_plain)});
  const auto& lacking = found->runs.front().lacking;
  EXPECT_EQ(lacking.no_body.requests, 1U);
  EXPECT_EQ(lacking.no_body.direct.nano_usd(), k_gpt_4o_nano);
  EXPECT_EQ(lacking.unreadable.requests, 1U);
  EXPECT_EQ(lacking.no_usage.requests, 1U);
  EXPECT_EQ(lacking.no_latency.requests, 1U);
  EXPECT_EQ(lacking.not_served.requests, 1U);
  EXPECT_EQ(lacking.parameters.requests, 1U);
  expect_sums(found->runs.front());
}

TEST(simulation, an_answer_without_counts_is_estimated_by_its_length) {
  auto logged = sample_record(0, std::string(4'000, 'x'));
  logged.usage.reset();
  logged.answer_bytes = 400;
  const auto found = replay_all({logged}, {configured(k_plain)});
  EXPECT_EQ(found->runs.front().judged.direct.nano_usd(), k_gpt_4o_nano);
}

TEST(simulation, weighted_targets_get_their_shares) {
  std::deque<record> records;
  for (int i = 0; i < 40; ++i) {
    records.push_back(sample_record(20 * i, "q" + std::to_string(i)));
  }
  const auto found = replay_all(std::move(records), {configured(R"(
local: { enabled: false }
providers:
  - name: openai
    base_url: https://api.openai.com/v1
    api_key_env: OPENAI_API_KEY
    models: [{ name: big, upstream_name: gpt-4o }, gpt-4o-mini]
routes:
  - model: gpt-4o
    balance: weighted
    targets: [{ target: gpt-4o-mini, weight: 3 }, { target: big, weight: 1 }]
)")});
  EXPECT_EQ(found->runs.front().cost.nano_usd(), 30 * k_mini_nano + 10 * k_gpt_4o_nano);
}

constexpr const char* k_similar = R"(
local: { enabled: false }
providers:
  - { name: openai, base_url: "https://api.openai.com/v1", api_key_env: OPENAI_API_KEY, models: [gpt-4o] }
cache: { semantic: { mode: static, threshold: 0.9, veto: false }, semantic_store: { embedder: hashed } }
)";

TEST(simulation, the_semantic_cache_runs_where_vectors_are_given) {
  const embed_text embed = [](std::string_view text) {
    return text.find("capital") != std::string_view::npos ? std::vector<float>{1, 0} : std::vector<float>{0, 1};
  };
  const auto run_it = [&](bool with_vectors) {
    log_feed feed{std::make_unique<given_records>(std::deque<record>{sample_record(0, "what is the capital of France"),
                                                                     sample_record(20, "the capital of France is what"),
                                                                     sample_record(40, "who wrote Faust")})};
    replay_options options;
    options.runs.push_back({.what = configured(k_similar)});
    if (with_vectors) {
      options.runs.front().similar = std::make_unique<similar_answers>(semantic::semantic_limits{}, embed, 1);
    }
    return replay(feed, "a log", std::move(options), dialogue::codec_set{}).value();
  };
  const auto with = run_it(true);
  EXPECT_EQ(lever_of(with.runs.front(), lever::semantic_cache).requests, 1U);
  EXPECT_EQ(with.runs.front().cost.nano_usd(), 2 * k_gpt_4o_nano);
  expect_sums(with.runs.front());
  const auto without = run_it(false);
  EXPECT_EQ(without.runs.front().lacking.no_embedding.requests, 3U);
  EXPECT_EQ(without.runs.front().cost.nano_usd(), 3 * k_gpt_4o_nano);
}

} // namespace
} // namespace inferenceflow::replay
