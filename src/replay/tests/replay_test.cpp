#include "replay/replay.h"
#include "replay/report.h"
#include "replay/tests/replay_samples.h"

#include <boost/json.hpp>

namespace inferenceflow::replay {
namespace {

std::deque<record> busy_log() {
  std::deque<record> records;
  for (int i = 0; i < 300; ++i) {
    records.push_back(sample_record(30 * i, "question " + std::to_string(i % 40)));
    records.back().user = "user " + std::to_string(i % 25);
  }
  return records;
}

TEST(replay, the_same_log_gives_the_same_bytes) {
  const auto made = [] {
    return replay_all(busy_log(),
                      {configured(k_plain), configured(std::string{k_plain} + "cache: { ttl_s: 60 }\n", "b")})
        .value();
  };
  const auto once = made();
  const auto again = made();
  EXPECT_EQ(report_json(once), report_json(again));
  EXPECT_EQ(report_html(once), report_html(again));
  EXPECT_EQ(report_text(once), report_text(again));
  ASSERT_TRUE(once.intervals.front().share);
  EXPECT_EQ(once.intervals.front().by, resampled::users);
  const double saved = 1 - once.runs.front().cost.usd() / once.runs.front().judged.direct.usd();
  EXPECT_LE(once.intervals.front().share->low, saved);
  EXPECT_GE(once.intervals.front().share->high, saved);
  EXPECT_LT(once.differences.front().share->high, 0); // sixty seconds keep less than an hour
}

TEST(replay, without_users_stretches_of_time_are_resampled_and_few_of_them_give_no_interval) {
  std::deque<record> records = busy_log();
  for (auto& each : records) {
    each.user.clear();
  }
  EXPECT_EQ(replay_all(std::move(records), {configured(k_plain)})->intervals.front().by, resampled::stretches);
  std::deque<record> half_named = busy_log();
  half_named[7].user.clear();
  EXPECT_EQ(replay_all(std::move(half_named), {configured(k_plain)})->intervals.front().by, resampled::stretches);
  const auto few = replay_all({sample_record(0, "a")}, {configured(k_plain)});
  EXPECT_FALSE(few->intervals.front().share);
  EXPECT_NE(report_text(*few).find("too few groups"), std::string::npos);
}

TEST(replay, unknown_models_are_counted_apart_and_alone_are_an_error) {
  auto unknown = sample_record(0, "a");
  unknown.model = "house-model-7";
  const auto mixed = replay_all({unknown, sample_record(20, "b")}, {configured(k_plain)});
  EXPECT_EQ(mixed->runs.front().judged.requests, 1U);
  EXPECT_EQ(mixed->unpriced.at("house-model-7").requests, 1U);
  const auto alone = replay_all({unknown}, {configured(k_plain)});
  ASSERT_FALSE(alone);
  EXPECT_EQ(alone.error().kind, error_kind::invalid_request);
  EXPECT_NE(alone.error().message.find("house-model-7"), std::string::npos);
  std::deque<record> many{sample_record(0, "a")};
  for (std::size_t i = 0; i < 2 * k_unpriced_names_max; ++i) {
    many.push_back(sample_record(20, "a"));
    many.back().model = "house-model-" + std::to_string(i);
  }
  EXPECT_LE(replay_all(std::move(many), {configured(k_plain)})->unpriced.size(), k_unpriced_names_max + 1);
  EXPECT_FALSE(replay_all({}, {configured(k_plain)}));
  EXPECT_FALSE(replay_all({sample_record(0, "a")}, {}));
}

TEST(replay, a_model_can_be_replayed_under_another_name) {
  log_feed feed{std::make_unique<given_records>(std::deque<record>{sample_record(0, "a")})};
  replay_options options;
  options.runs.push_back({.what = configured(k_plain)});
  options.names = {{"gpt-4o", "gpt-4o-mini"}};
  const auto found = replay(feed, "a log", std::move(options), dialogue::codec_set{});
  EXPECT_EQ(found->runs.front().judged.direct.nano_usd(), k_gpt_4o_nano);
  EXPECT_EQ(found->runs.front().cost.nano_usd(), k_mini_nano);
}

TEST(replay, what_the_log_says_it_cost_stands_beside_our_prices) {
  auto logged = sample_record(0, "a");
  logged.claimed = money::from_nano_usd(4'000'000);
  const auto found = replay_all({logged}, {configured(k_plain)});
  EXPECT_EQ(found->claimed.nano_usd(), 4'000'000);
  EXPECT_EQ(found->claimed_direct.nano_usd(), k_gpt_4o_nano);
}

TEST(report, nothing_of_a_log_or_a_configuration_is_markup) {
  auto hostile = sample_record(0, "a");
  hostile.model = "<script>alert(1)</script>";
  auto found =
      replay_all({hostile, sample_record(1, "b")}, {configured(k_plain, "<img src=x onerror=alert(2)>")}).value();
  found.log = "\"><script>alert(3)</script>";
  const std::string html = report_html(found);
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_EQ(html.find("<img"), std::string::npos);
  EXPECT_NE(html.find("&lt;script&gt;"), std::string::npos);
  EXPECT_EQ(html.find("http://"), std::string::npos); // nothing is loaded from anywhere
  EXPECT_EQ(html.find("https://"), std::string::npos);
  EXPECT_NE(html.find("<svg"), std::string::npos);
  EXPECT_NE(html.find("prefers-color-scheme: dark"), std::string::npos);
}

TEST(report, json_holds_exact_figures) {
  const auto found = replay_all({sample_record(0, "a"), sample_record(20, "a")}, {configured(k_plain)});
  const auto json = boost::json::parse(report_json(*found)).as_object();
  const auto& run = json.at("configurations").as_array().front().as_object();
  EXPECT_EQ(run.at("direct_nano_usd").as_int64(), 2 * k_gpt_4o_nano);
  EXPECT_EQ(run.at("levers").at("exact_cache").at("saved_nano_usd").as_int64(), k_gpt_4o_nano);
  EXPECT_EQ(json.at("log").at("lines").to_number<std::int64_t>(), 2);
}

} // namespace
} // namespace inferenceflow::replay
