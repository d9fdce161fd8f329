/// Records, configurations and requests made by hand.
#pragma once

#include "config/load.h"
#include "replay/replay.h"

#include <deque>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::replay {

inline constexpr std::int64_t k_start_ms = 1'772'366'400'000;
/// Tokens of sample_record(): with gpt-4o (2.50 and 10 dollars a million) 3.5 million nano-dollars.
inline constexpr std::int64_t k_gpt_4o_nano = 3'500'000;
/// The same at gpt-4o-mini: 0.15 and 0.60 dollars a million.
inline constexpr std::int64_t k_mini_nano = 210'000;

inline constexpr const char* k_plain = R"(
local: { enabled: false }
providers:
  - name: openai
    base_url: https://api.openai.com/v1
    api_key_env: OPENAI_API_KEY
    models: [gpt-4o, gpt-4o-mini]
)";

inline record sample_record(std::int64_t at_s, const std::string& question,
                            const std::string& parameters = "\"temperature\":0") {
  record made;
  made.began_ms = k_start_ms + at_s * 1'000;
  made.timed = true;
  made.latency_ms = 10'000;
  made.model = "gpt-4o";
  made.path = "/v1/chat/completions";
  made.body =
      fmt::format(R"({{"model":"gpt-4o",{},"messages":[{{"role":"user","content":"{}"}}]}})", parameters, question);
  made.usage = cost::token_usage{.fresh_input = 1'000, .output = 100};
  made.answer = "an answer to " + question;
  made.answer_bytes = made.answer.size();
  return made;
}

inline configuration configured(const std::string& yaml, const std::string& name = "a") {
  auto loaded = config::load_settings_from_text(yaml, name, "", {});
  for (const auto& problem : loaded.problems) {
    if (problem.level == config::severity::error) {
      ADD_FAILURE() << config::to_string(problem);
    }
  }
  configuration made{.name = name};
  made.settings = std::make_shared<const config::settings>(std::move(loaded.value));
  made.prices = cost::price_table::load({}).value();
  return made;
}

/// Gives records as a reader does.
class given_records final : public log_reader {
public:
  explicit given_records(std::deque<record> records)
      : records_(std::move(records)) {}
  std::optional<log_item> next() override {
    if (records_.empty()) {
      return std::nullopt;
    }
    log_item item{.read = std::move(records_.front())};
    records_.pop_front();
    return item;
  }
  std::uint64_t taken() const override { return 0; }
  std::uint64_t total() const override { return 1; }
  std::string_view kind() const override { return "a test"; }

private:
  std::deque<record> records_;
};

inline result<replayed> replay_all(std::deque<record> records, std::vector<configuration> configurations) {
  log_feed feed{std::make_unique<given_records>(std::move(records))};
  replay_options options;
  for (auto& each : configurations) {
    options.runs.push_back({.what = std::move(each)});
  }
  options.plan.rounds = 200;
  const dialogue::codec_set none; // OpenAI's chat is scanned, not read
  return replay(feed, "a log", std::move(options), none);
}

inline const lever_sum& lever_of(const totals& of, lever which) {
  return of.levers[static_cast<std::size_t>(which)];
}

/// Direct cost is cost and savings, to the nano-dollar.
inline void expect_sums(const totals& of) {
  std::int64_t sum = of.cost.nano_usd();
  for (const auto& each : of.levers) {
    sum += each.saved.nano_usd();
  }
  EXPECT_EQ(sum, of.judged.direct.nano_usd());
}

} // namespace inferenceflow::replay
