#include "api/infer_request.h"

#include <gtest/gtest.h>

namespace inferenceflow::api {
namespace {

TEST(infer_request, everything_is_read) {
  const auto asked = read_infer(
      R"({"prompt":"What?","model":"auto","budget":0.0005,"latency_slo_ms":2000,"min_confidence":0.8,"max_tokens":9,)"
      R"("temperature":0,"stream":true,"use_cache":true,"user_id":"ann","tenant_id":"search","request_id":"r-1",)"
      R"("metadata":{"a":1}})");
  ASSERT_TRUE(asked.has_value()) << asked.error().message;
  EXPECT_EQ(asked->simple.prompt, "What?");
  EXPECT_EQ(asked->simple.model, "auto");
  EXPECT_EQ(asked->wish.budget, money::from_nano_usd(500'000));
  EXPECT_EQ(asked->wish.latency_slo, std::chrono::milliseconds{2'000});
  EXPECT_EQ(asked->wish.min_confidence, 0.8);
  EXPECT_EQ(asked->simple.max_tokens, 9);
  EXPECT_EQ(asked->simple.temperature, 0.0);
  EXPECT_TRUE(asked->simple.stream);
  EXPECT_EQ(asked->simple.use_cache, true);
  EXPECT_EQ(asked->simple.user, "ann");
  EXPECT_EQ(asked->tenant, "search");
  EXPECT_EQ(asked->request_id, "r-1");
  EXPECT_EQ(asked->simple.metadata.size(), 1U);
  EXPECT_EQ(as_chat_body(*asked, "auto"),
            R"({"model":"auto","messages":[{"role":"user","content":"What?"}],"max_tokens":9,"temperature":0E0,)"
            R"("user":"ann","stream":true,"stream_options":{"include_usage":true}})");
}

TEST(infer_request, a_question_has_three_names) {
  EXPECT_EQ(read_infer(R"({"input":"x"})")->simple.prompt, "x");
  const auto asked = read_infer(R"({"messages":[{"role":"system","content":"s"},{"role":"user","content":"u"}]})");
  ASSERT_TRUE(asked.has_value());
  EXPECT_EQ(as_chat_body(*asked, "m"),
            R"({"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":"u"}]})");
  EXPECT_FALSE(asked->wish.budget || asked->wish.latency_slo || asked->wish.min_confidence);
}

TEST(infer_request, what_is_wrong_is_named) {
  const std::pair<const char*, const char*> all[] = {
      {"", ""},
      {"7", ""},
      {"{}", "prompt"},
      {R"({"prompt":""})", "prompt"},
      {R"({"prompt":["x"]})", "prompt"},
      {R"({"messages":[]})", "messages"},
      {R"({"messages":"x"})", "messages"},
      {R"({"prompt":"x","input":"y"})", "input"},
      {R"({"prompt":"x","messages":[{}]})", "messages"},
      {R"({"prompt":"x","model":7})", "model"},
      {R"({"prompt":"x","budget":0})", "budget"},
      {R"({"prompt":"x","budget":-1})", "budget"},
      {R"({"prompt":"x","budget":"1"})", "budget"},
      {R"({"prompt":"x","budget":1e12})", "budget"},
      {R"({"prompt":"x","budget":1e-12})", "budget"},
      {R"({"prompt":"x","latency_slo_ms":0})", "latency_slo_ms"},
      {R"({"prompt":"x","latency_slo_ms":1.5})", "latency_slo_ms"},
      {R"({"prompt":"x","latency_slo_ms":100000000})", "latency_slo_ms"},
      {R"({"prompt":"x","min_confidence":1.1})", "min_confidence"},
      {R"({"prompt":"x","min_confidence":-0.1})", "min_confidence"},
      {R"({"prompt":"x","min_confidence":"high"})", "min_confidence"},
      {R"({"prompt":"x","models":[]})", "models"},
      {R"({"prompt":"x","models":"gpt-4o"})", "models"},
      {R"({"prompt":"x","models":["a",""]})", "models"},
      {R"({"prompt":"x","tags":[1]})", "tags"},
      {R"({"prompt":"x","tags":[""]})", "tags"},
      {R"({"prompt":"x","max_tokens":0})", "max_tokens"},
      {R"({"prompt":"x","temperature":3})", "temperature"},
      {R"({"prompt":"x","stream":"yes"})", "stream"},
      {R"({"prompt":"x","tenant_id":"a b"})", "tenant_id"},
      {R"({"prompt":"x","request_id":"a b"})", "request_id"},
      {R"({"prompt":"x","metadata":[]})", "metadata"},
  };
  for (const auto& [body, param] : all) {
    const auto refused = read_infer(body);
    ASSERT_TRUE(refused.has_error()) << body;
    EXPECT_EQ(refused.error().kind, error_kind::invalid_request) << body;
    EXPECT_EQ(refused.error().param, param) << body;
  }
}

TEST(infer_request, names_are_bounded) {
  const auto with_tags = [](int count) {
    std::string names = "\"a\"";
    for (int i = 1; i < count; ++i) {
      names += ",\"a\"";
    }
    return read_infer(R"({"prompt":"x","tags":[)" + names + "]}");
  };
  EXPECT_EQ(with_tags(64)->wish.tags.size(), 64U);
  EXPECT_EQ(with_tags(65).error().param, "tags");
}

TEST(infer_request, the_body_wins_over_the_headers) {
  pipeline::routing_wish wish{
      .budget = money::from_nano_usd(1), .latency_slo = std::chrono::milliseconds{5}, .models = {"a"}, .tags = {"t"}};
  const auto said = read_infer(R"({"prompt":"x","budget":2e-9,"min_confidence":0.5,"models":["b","c"]})");
  ASSERT_TRUE(said.has_value());
  add_wish(said->wish, wish);
  EXPECT_EQ(wish.models, (std::vector<std::string>{"b", "c"}));
  EXPECT_EQ(wish.tags, std::vector<std::string>{"t"});
  EXPECT_EQ(wish.budget, money::from_nano_usd(2));
  EXPECT_EQ(wish.latency_slo, std::chrono::milliseconds{5});
  EXPECT_EQ(wish.min_confidence, 0.5);
}

} // namespace
} // namespace inferenceflow::api
