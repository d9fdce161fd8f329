#include "replay/log/lines.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace inferenceflow::replay {
namespace {

log_item openai(std::string_view text) {
  return read_openai_line(boost::json::parse(text).as_object());
}

log_item litellm(std::string_view text) {
  return read_litellm_line(boost::json::parse(text).as_object());
}

TEST(openai_line, request_and_response_side_by_side) {
  const auto item = openai(R"({"id":"r1","timestamp":1772366400.5,"latency_ms":900,"tenant":"acme","user":"eve",
    "session_id":"s","path":"https://api.openai.com/v1/chat/completions?x=1",
    "request":{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}],"temperature":0},
    "response":{"model":"gpt-4o-2024-08-06","choices":[{"message":{"content":"hello"},"finish_reason":"stop"}],
                "usage":{"prompt_tokens":100,"completion_tokens":7,"prompt_tokens_details":{"cached_tokens":40}}}})");
  ASSERT_TRUE(item.read);
  const record& got = *item.read;
  EXPECT_EQ(got.id, "r1");
  EXPECT_EQ(got.began_ms, 1'772'366'400'500);
  EXPECT_EQ(got.latency_ms, 900);
  EXPECT_EQ(got.tenant, "acme");
  EXPECT_EQ(got.user, "eve");
  EXPECT_EQ(got.session, "s");
  EXPECT_EQ(got.path, "/v1/chat/completions");
  EXPECT_EQ(got.model, "gpt-4o");
  EXPECT_EQ(got.served, "gpt-4o-2024-08-06");
  EXPECT_EQ(got.answer, "hello");
  ASSERT_TRUE(got.usage);
  EXPECT_EQ(got.usage->fresh_input, 60);
  EXPECT_EQ(got.usage->cached_input, 40);
  EXPECT_EQ(got.usage->output, 7);
}

TEST(openai_line, a_body_with_members_of_the_log_beside_its_own) {
  const auto item = openai(R"({"model":"m","messages":[{"role":"user","content":"x"}],"created":1772366400,
    "user":"u","temperature":0,"usage":{"prompt_tokens":3,"completion_tokens":4}})");
  ASSERT_TRUE(item.read);
  EXPECT_EQ(item.read->began_ms, 1'772'366'400'000);
  EXPECT_EQ(item.read->user, "u");
  EXPECT_EQ(item.read->usage->output, 4);
  const auto body = boost::json::parse(item.read->body).as_object();
  EXPECT_FALSE(body.contains("created"));
  EXPECT_FALSE(body.contains("usage"));
  EXPECT_TRUE(body.contains("user"));
}

TEST(openai_line, lines_of_batch_files_say_whether_they_were_bought_so) {
  const auto input = openai(R"({"custom_id":"a","method":"POST","url":"/v1/chat/completions",
    "body":{"model":"m","messages":[{"role":"user","content":"x"}]}})");
  ASSERT_TRUE(input.read);
  EXPECT_EQ(input.read->batch, batch_use::could_wait);
  EXPECT_EQ(input.read->id, "a");
  EXPECT_FALSE(input.read->timed);
  const auto output = openai(R"({"id":"b1","custom_id":"a","response":{"status_code":200,"body":
    {"created":1772366400,"model":"m","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}},"error":null})");
  ASSERT_TRUE(output.read);
  EXPECT_EQ(output.read->batch, batch_use::bought);
  EXPECT_EQ(output.read->model, "m");
  EXPECT_TRUE(output.read->body.empty());
  EXPECT_TRUE(output.read->timed);
}

TEST(openai_line, anthropics_counts_do_not_overlap) {
  const auto item = openai(R"({"path":"/v1/messages","request":{"model":"claude-sonnet-4-5","max_tokens":9,
    "messages":[{"role":"user","content":"x"}]},"response":{"content":[{"type":"text","text":"yes"}],
    "usage":{"input_tokens":10,"cache_read_input_tokens":20,"cache_creation_input_tokens":30,"output_tokens":5,
             "cache_creation":{"ephemeral_1h_input_tokens":12}}}})");
  ASSERT_TRUE(item.read);
  EXPECT_EQ(*item.read->usage,
            (cost::token_usage{
                .fresh_input = 10, .cached_input = 20, .cache_write = 30, .output = 5, .cache_write_hour = 12}));
  EXPECT_EQ(item.read->answer, "yes");
}

TEST(openai_line, texts_that_hold_json_and_streams_are_read) {
  const auto item = openai(R"({"request":"{\"model\":\"m\",\"messages\":[]}",
    "response":"data: {\"choices\":[{\"delta\":{\"content\":\"he\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"y\"}}]}\n\ndata: [DONE]\n"})");
  ASSERT_TRUE(item.read);
  EXPECT_EQ(item.read->model, "m");
  EXPECT_EQ(item.read->answer, "hey");
}

TEST(openai_line, failures_and_lines_without_a_request_say_why) {
  EXPECT_EQ(openai(R"({"request":{"model":"m","messages":[]},"status":429})").why, skip_reason::failed);
  EXPECT_EQ(openai(R"({"request":{"model":"m","messages":[]},"error":{"message":"no"}})").why, skip_reason::failed);
  EXPECT_EQ(openai(R"({"level":"info","msg":"started"})").why, skip_reason::no_request);
  EXPECT_EQ(openai(R"({"request":{"messages":[]}})").why, skip_reason::no_request);
  EXPECT_EQ(openai(R"({"model":"m"})").why, skip_reason::no_request);
  EXPECT_FALSE(openai(R"({"model":"m"})").read);
}

TEST(openai_line, absurd_counts_are_clamped) {
  const auto item =
      openai(R"({"model":"m","usage":{"input_tokens":-5,"cache_read_input_tokens":1e300,"output_tokens":"x"}})");
  ASSERT_TRUE(item.read);
  EXPECT_EQ(item.read->usage->fresh_input, 0);
  EXPECT_EQ(item.read->usage->cached_input, cost::k_tokens_max);
  EXPECT_EQ(item.read->usage->output, 0);
}

constexpr std::string_view k_row = R"({"request_id":"c1","call_type":"acompletion","api_key":"hash","spend":0.0035,
  "prompt_tokens":1000,"completion_tokens":100,"startTime":"2026-03-01T12:00:00Z","endTime":"2026-03-01T12:00:02.5Z",
  "model":"openai/gpt-4o","model_group":"best","custom_llm_provider":"openai","end_user":"eve","status":"success",
  "metadata":"{\"usage_object\":{\"prompt_tokens_details\":{\"cached_tokens\":400},\"completion_tokens_details\":{\"reasoning_tokens\":30}}}",
  "proxy_server_request":{"messages":[{"role":"user","content":"hi"}],"temperature":0},"response":{"choices":[{"message":{"content":"yo"}}]}})";

TEST(litellm_line, a_row_of_the_spend_log) {
  const auto item = litellm(k_row);
  ASSERT_TRUE(item.read);
  const record& got = *item.read;
  EXPECT_EQ(got.model, "best");
  EXPECT_EQ(got.served, "gpt-4o");
  EXPECT_EQ(got.provider, "openai");
  EXPECT_EQ(got.tenant, "hash");
  EXPECT_EQ(got.user, "eve");
  EXPECT_EQ(got.began_ms, 1'772'366'400'000);
  EXPECT_EQ(got.latency_ms, 2'500);
  EXPECT_EQ(got.claimed, money::from_nano_usd(3'500'000));
  EXPECT_EQ(*got.usage, (cost::token_usage{.fresh_input = 600, .cached_input = 400, .output = 70, .reasoning = 30}));
  EXPECT_TRUE(got.parameters_known);
  EXPECT_EQ(boost::json::parse(got.body).at("model").as_string(), "best");
}

TEST(litellm_line, messages_alone_leave_the_parameters_open) {
  const auto item = litellm(R"({"request_id":"c","call_type":"completion","startTime":"2026-03-01","model":"m",
    "prompt_tokens":"5","completion_tokens":"6","messages":"[{\"role\":\"user\",\"content\":\"x\"}]","response":"{}"})");
  ASSERT_TRUE(item.read);
  EXPECT_FALSE(item.read->parameters_known);
  EXPECT_EQ(item.read->usage->output, 6);
  EXPECT_FALSE(item.read->body.empty());
}

TEST(litellm_line, shortened_texts_are_no_body) {
  const auto item = litellm(R"x({"request_id":"c","call_type":"completion","startTime":"2026-03-01","model":"m",
    "prompt_tokens":5,"completion_tokens":6,"messages":[{"role":"user","content":"abc... (litellm_truncated 900 chars)"}]})x");
  ASSERT_TRUE(item.read);
  EXPECT_TRUE(item.read->body.empty());
}

TEST(litellm_line, failures_and_other_calls_say_why) {
  EXPECT_EQ(litellm(R"({"request_id":"c","startTime":"2026-03-01","model":"m","status":"failure"})").why,
            skip_reason::failed);
  EXPECT_EQ(
      litellm(
          R"({"request_id":"c","call_type":"aimage_generation","startTime":"2026-03-01","model":"m","prompt_tokens":1})")
          .why,
      skip_reason::no_request);
  EXPECT_TRUE(is_litellm(boost::json::parse(k_row).as_object()));
  EXPECT_FALSE(is_litellm(boost::json::parse(R"({"request_id":"x","timestamp":5})").as_object()));
}

} // namespace
} // namespace inferenceflow::replay
