#include "api/request_report.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>
#include <limits>

namespace inferenceflow::api {
namespace {

store::ledger_row row() {
  store::ledger_row made;
  made.request_id = "a-1";
  made.finished_ms = 1'767'605'400'000;
  made.tenant = "default";
  made.surface = "chat";
  made.model_requested = "auto";
  made.model_served = "gpt-4o-mini";
  made.provider = "openai";
  made.cache = "miss";
  made.status = 200;
  made.finish_reason = "stop";
  made.usage = {.fresh_input = 10, .output = 2};
  made.cost = money::from_nano_usd(1'250);
  made.direct = money::from_nano_usd(3'000);
  made.latency_us = 1'500;
  return made;
}

TEST(request_report, of_a_plain_request) {
  EXPECT_EQ(request_json(row(), {}),
            R"({"object":"request","request_id":"a-1","trace_id":null,"finished_at":"2026-01-05T09:30:00Z",)"
            R"("tenant":"default","user":null,"surface":"chat","model_requested":"auto","model":"gpt-4o-mini",)"
            R"("provider":"openai","cache":"miss","status":200,"error":null,"finish_reason":"stop","streamed":false,)"
            R"("batched":false,"tokens":)" +
                boost::json::serialize(boost::json::parse(request_json(row(), {})).at("tokens")) +
                R"(,"tokens_estimated":false,"ceiling_priced":false,"cost_usd":0.000001250,"direct_usd":0.000003000,)"
                R"("saved_usd":0.000001750,"latency_ms":1.500,"first_byte_ms":null,"routing":null,"feedback":[]})");
}

TEST(request_report, says_what_was_only_estimated) {
  store::ledger_row guessed = row();
  guessed.source = cost::usage_source::estimated;
  EXPECT_TRUE(boost::json::parse(request_json(guessed, {})).at("tokens_estimated").as_bool());
}

TEST(request_report, of_a_routed_one_with_feedback) {
  store::ledger_row routed = row();
  routed.routed = store::routed_part{.role = store::routed_role::canary,
                                     .tier = "small",
                                     .quality = 0.93,
                                     .confidence = 0.5,
                                     .escalations = 1,
                                     .explanation = R"({"route":"auto","candidates":[{"model":"m"}]})"};
  const store::feedback said[] = {{.source = "ann", .score = 1.0, .label = "good", .at_ms = 1'767'605'400'000},
                                  {.score = 0.5, .comment = "\"so so\""}};
  EXPECT_EQ(routing_json(*routed.routed, said),
            R"({"route":"auto","candidates":[{"model":"m"}],"role":"canary","tier":"small","predicted_quality":0.93,)"
            R"("confidence":0.5,"escalations":1,"feedback":0.75})");
  const auto report = boost::json::parse(request_json(routed, said));
  EXPECT_EQ(report.at("routing").at("candidates").at(0).at("model"), "m");
  EXPECT_EQ(report.at("feedback").at(0).at("label"), "good");
  EXPECT_EQ(report.at("feedback").at(0).at("at"), "2026-01-05T09:30:00Z");
  EXPECT_TRUE(report.at("feedback").at(1).at("source").is_null());
  EXPECT_EQ(report.at("feedback").at(1).at("comment"), "\"so so\"");
}

TEST(request_report, where_the_explanation_is_gone_the_row_speaks) {
  store::routed_part routed{.strategy = "balanced", .chosen = "open/a/b", .propensity = 0.5, .explored = true};
  routed.complexity = std::numeric_limits<double>::quiet_NaN();
  for (const char* gone : {"", "{", "[1]", "}{"}) {
    routed.explanation = gone;
    const auto read = boost::json::parse(routing_json(routed, {}));
    EXPECT_EQ(read.at("strategy"), "balanced");
    EXPECT_EQ(read.at("chosen").at("provider"), "open");
    EXPECT_EQ(read.at("chosen").at("model"), "a/b");
    EXPECT_EQ(read.at("propensity").to_number<double>(), 0.5);
    EXPECT_TRUE(read.at("explored").as_bool());
    EXPECT_TRUE(read.at("candidates").is_null());
    EXPECT_TRUE(read.at("complexity").is_null());
    EXPECT_TRUE(read.at("confidence").is_null());
    EXPECT_TRUE(read.at("feedback").is_null());
  }
  routed.chosen.clear();
  EXPECT_TRUE(boost::json::parse(routing_json(routed, {})).at("chosen").is_null());
}

} // namespace
} // namespace inferenceflow::api
