#include "codecs/bedrock/codec.h"

#include <gtest/gtest.h>

namespace {

using namespace inferenceflow;
using namespace inferenceflow::dialogue;

answer read(std::string_view body) {
  const auto got = codecs::bedrock::codec{}.read_answer(body);
  if (!got) {
    ADD_FAILURE() << got.error().message;
    return {};
  }
  return *got;
}

written_answer write(const answer& got) {
  return codecs::bedrock::codec{}.write_answer(got, {});
}

std::string with_usage(std::string_view usage) {
  return std::string{R"({"output":{"message":{"role":"assistant","content":[]}},"stopReason":"end_turn","usage":)"}
      .append(usage)
      .append("}");
}

using names = std::vector<std::string>;

TEST(bedrock_answer, what_was_read_is_written_again) {
  const std::string body =
      R"({"output":{"message":{"role":"assistant","content":[)"
      R"({"reasoningContent":{"reasoningText":{"text":"t","signature":"c2ln"}}},)"
      R"({"reasoningContent":{"redactedContent":"YWJj"}},{"text":"hello"},)"
      R"({"citationsContent":{"content":[{"text":"cited"}],"citations":[{"location":{"web":{"url":"https://x"}}}]}},)"
      R"({"image":{"format":"png","source":{"bytes":"AAAA"}}},)"
      R"({"toolUse":{"toolUseId":"s","name":"web","input":{},"type":"server_tool_use"}},)"
      R"({"toolResult":{"toolUseId":"s","content":[{"json":{"a":1}}]}},)"
      R"({"toolUse":{"toolUseId":"t1","name":"f","input":{"a":1}}}]}},"stopReason":"stop_sequence",)"
      R"("usage":{"inputTokens":3,"outputTokens":5,"totalTokens":15,"cacheReadInputTokens":4,"cacheWriteInputTokens":3},)"
      R"("metrics":{"latencyMs":0},"additionalModelResponseFields":{"stop_sequence":"|"},"serviceTier":{"type":"flex"}})";
  const answer got = read(body);
  ASSERT_EQ(got.choices.size(), 1U);
  EXPECT_EQ(got.choices[0].reason, dialogue::finish::stop_sequence);
  EXPECT_EQ(got.choices[0].stop_sequence, "|");
  EXPECT_EQ(got.choices[0].parts.size(), 8U);
  EXPECT_EQ(got.service_tier, "flex");
  EXPECT_EQ(write(got).body, body);
  EXPECT_EQ(write(got).losses, names{});
}

TEST(bedrock_answer, usage_parts_are_disjoint) {
  EXPECT_EQ(read(with_usage(R"({"inputTokens":13,"outputTokens":5,"totalTokens":1522,"cacheReadInputTokens":1504,
    "cacheWriteInputTokens":0})"))
                .usage,
            (cost::token_usage{.fresh_input = 13, .cached_input = 1504, .cache_write = 0, .output = 5}));
  // A total that only adds up when the cached tokens are part of the input.
  EXPECT_EQ(read(with_usage(R"({"inputTokens":100,"outputTokens":5,"totalTokens":105,"cacheReadInputTokens":60,
    "cacheWriteInputTokens":30})"))
                .usage,
            (cost::token_usage{.fresh_input = 10, .cached_input = 60, .cache_write = 30, .output = 5}));
  // What was written for an hour is told from the rest, and is never more than what was written.
  EXPECT_EQ(read(with_usage(R"({"inputTokens":1,"outputTokens":5,"cacheWriteInputTokens":30,"cacheDetails":[
    {"ttl":"1h","inputTokens":20},{"ttl":"5m","inputTokens":10}]})"))
                .usage,
            (cost::token_usage{.fresh_input = 1, .cache_write = 30, .output = 5, .cache_write_hour = 20}));
  EXPECT_EQ(read(with_usage(R"({"inputTokens":1,"outputTokens":5,"cacheWriteInputTokens":3,"cacheDetails":[
    {"ttl":"1h","inputTokens":20}]})"))
                .usage,
            (cost::token_usage{.fresh_input = 1, .cache_write = 3, .output = 5, .cache_write_hour = 3}));
  EXPECT_EQ(read(with_usage(R"({"inputTokens":1,"outputTokens":5,"cacheDetails":{}})")).usage,
            (cost::token_usage{.fresh_input = 1, .output = 5}));
  EXPECT_EQ(read(with_usage(R"({"inputTokens":-4,"outputTokens":1e300})")).usage,
            (cost::token_usage{.fresh_input = 0, .output = cost::k_tokens_max}));
  EXPECT_EQ(read(with_usage("{}")).usage, std::nullopt);
  EXPECT_EQ(read(with_usage("null")).usage, std::nullopt);
}

TEST(bedrock_answer, stop_reasons) {
  const auto reason = [](std::string_view name) {
    return read(std::string{R"({"output":{"message":{"content":[]}},"stopReason":")"}.append(name).append("\"}"))
        .choices[0]
        .reason;
  };
  EXPECT_EQ(reason("end_turn"), dialogue::finish::stop);
  EXPECT_EQ(reason("tool_use"), dialogue::finish::tool_calls);
  EXPECT_EQ(reason("max_tokens"), dialogue::finish::length);
  EXPECT_EQ(reason("model_context_window_exceeded"), dialogue::finish::length);
  EXPECT_EQ(reason("guardrail_intervened"), dialogue::finish::content_filter);
  EXPECT_EQ(reason("content_filtered"), dialogue::finish::content_filter);
  EXPECT_EQ(reason("malformed_tool_use"), dialogue::finish::failed);
  EXPECT_EQ(reason("tomorrow"), dialogue::finish::other);
  EXPECT_EQ(read(R"({"output":{"message":{"content":[]}}})").choices[0].reason, dialogue::finish::none);
}

TEST(bedrock_answer, what_is_no_answer) {
  for (const std::string_view body : {"", "[]", "{}", R"({"message":"no"})", R"({"output":{}})", "<html>",
                                      R"({"output":{"message":{"content":[{"text":5}]}}})"}) {
    const auto got = codecs::bedrock::codec{}.read_answer(body);
    ASSERT_FALSE(got) << body;
    EXPECT_EQ(got.error().kind, error_kind::upstream_failed);
    EXPECT_EQ(got.error().source, error_source::upstream);
  }
}

TEST(bedrock_answer, losses_are_named) {
  answer got;
  got.id = "chatcmpl-1";
  got.choices.resize(2);
  got.choices[0].reason = dialogue::finish::refusal;
  got.choices[0].logprobs.push_back({.token = "a", .logprob = -1});
  got.choices[0].parts = {
      text_part{.text = "a", .signature = "g"},
      reasoning_part{
          .text = "t", .signature = "s", .id = "rs_1", .summary = true, .origin = protocol::openai_responses},
      reasoning_part{.text = {}, .redacted = "r", .origin = protocol::anthropic},
      refusal_part{.text = "no"},
      media_part{.kind = media_kind::audio, .media_type = "audio/midi", .data_base64 = "AA=="},
      opaque_part{.origin = protocol::gemini, .type = "executableCode", .json = "{}"},
      tool_call_part{.id = "1", .name = "f", .arguments = "free text", .custom = true},
      tool_call_part{.id = "2", .name = "g", .arguments = "{\"cut"},
      tool_call_part{.id = "3", .name = "h"},
  };
  const auto written = write(got);
  EXPECT_EQ(written.body, R"({"output":{"message":{"role":"assistant","content":[{"text":"a"},)"
                          R"({"reasoningContent":{"reasoningText":{"text":"t"}}},{"text":"no"},)"
                          R"({"toolUse":{"toolUseId":"1","name":"f","input":{"input":"free text"}}},)"
                          R"({"toolUse":{"toolUseId":"2","name":"g","input":{"input":"{\"cut"}}},)"
                          R"({"toolUse":{"toolUseId":"3","name":"h","input":{}}}]}},"stopReason":"content_filtered",)"
                          R"("usage":{"inputTokens":0,"outputTokens":0,"totalTokens":0,"cacheReadInputTokens":0,)"
                          R"("cacheWriteInputTokens":0},"metrics":{"latencyMs":0}})");
  EXPECT_EQ(written.losses, (names{"id", "choices", "logprobs", "usage", "finish", "signature", "reasoning.id",
                                   "reasoning.summary", "redacted", "refusal", "media", "executableCode", "custom"}));
}

TEST(bedrock_answer, citations_of_others_keep_what_converse_has_a_place_for) {
  answer got;
  got.choices.resize(1);
  text_part words{.text = "a"};
  words.citations.push_back({.quote = "q", .title = "t", .url = "https://x", .opaque = R"({"type":"url_citation"})"});
  words.citations.push_back({.source_index = 1, .source_id = "s"});
  got.choices[0].parts.emplace_back(words);
  EXPECT_NE(
      write(got).body.find(R"({"title":"t","sourceContent":[{"text":"q"}],"location":{"web":{"url":"https://x"}}},)"
                           R"({"source":"s","location":{"documentChar":{"documentIndex":1}}})"),
      std::string::npos)
      << write(got).body;
}

} // namespace
