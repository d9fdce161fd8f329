#include "codecs/anthropic/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::codecs::anthropic {
namespace {

using dialogue::finish;
using dialogue::protocol;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string message_with(std::string_view rest) {
  return R"({"type":"message","id":"msg_1","role":"assistant","model":"claude",)" + std::string{rest} + "}";
}

dialogue::answer read(const std::string& body) {
  const auto got = codec{}.read_answer(body);
  EXPECT_TRUE(got.has_value()) << (got.has_error() ? got.error().message : "");
  return got.has_value() ? *got : dialogue::answer{};
}

finish reason_of(std::string_view stop_reason) {
  const auto got = read(message_with(R"("content":[],"stop_reason":")" + std::string{stop_reason} + "\""));
  return got.choices.at(0).reason;
}

TEST(answer_read, knows_the_ends) {
  EXPECT_EQ(reason_of("end_turn"), finish::stop);
  EXPECT_EQ(reason_of("max_tokens"), finish::length);
  EXPECT_EQ(reason_of("stop_sequence"), finish::stop_sequence);
  EXPECT_EQ(reason_of("tool_use"), finish::tool_calls);
  EXPECT_EQ(reason_of("pause_turn"), finish::paused);
  EXPECT_EQ(reason_of("refusal"), finish::refusal);
  EXPECT_EQ(reason_of("model_context_window_exceeded"), finish::length);
  EXPECT_EQ(reason_of("something_new"), finish::other);
}

TEST(answer_read, counts_each_token_once) {
  const auto got = read(message_with(R"("content":[],"stop_reason":null,"usage":{"input_tokens":10,
      "cache_read_input_tokens":20,"cache_creation_input_tokens":30,
      "cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20},
      "output_tokens":50,"output_tokens_details":{"thinking_tokens":40},"service_tier":"priority"})"));
  EXPECT_EQ(got.usage, (cost::token_usage{.fresh_input = 10,
                                          .cached_input = 20,
                                          .cache_write = 30,
                                          .output = 10,
                                          .reasoning = 40,
                                          .cache_write_hour = 20}));
  EXPECT_EQ(got.service_tier, "priority");
  EXPECT_EQ(got.choices.at(0).reason, finish::none);
}

TEST(answer_read, adds_cache_writes_up_and_clamps_nonsense) {
  const auto got = read(message_with(R"("content":[],"usage":{"input_tokens":-5,"output_tokens":3,
      "cache_creation":{"ephemeral_5m_input_tokens":1,"ephemeral_1h_input_tokens":2},
      "output_tokens_details":{"thinking_tokens":1e300}})"));
  EXPECT_EQ(got.usage, (cost::token_usage{.cache_write = 3, .output = 0, .reasoning = 3, .cache_write_hour = 2}));
  const auto odd = read(message_with(R"("content":[],"usage":{"input_tokens":5,"output_tokens":3,
      "cache_creation_input_tokens":1,"cache_creation":"none"})"));
  EXPECT_EQ(odd.usage, (cost::token_usage{.fresh_input = 5, .cache_write = 1, .output = 3}));
}

TEST(answer_write, says_what_was_written_for_an_hour) {
  dialogue::answer got;
  got.choices.emplace_back();
  got.usage = cost::token_usage{.fresh_input = 1, .cache_write = 5, .output = 2, .cache_write_hour = 3};
  const auto made = codec{}.write_answer(got, {.model = "alias"});
  EXPECT_THAT(made.body,
              HasSubstr(R"("cache_creation_input_tokens":5,"cache_read_input_tokens":0,)"
                        R"("cache_creation":{"ephemeral_5m_input_tokens":2,"ephemeral_1h_input_tokens":3})"));
  EXPECT_EQ(read(made.body).usage, got.usage);
}

TEST(answer_read, refuses_what_is_no_message) {
  for (const char* body : {"", "[]", "{}", R"({"type":"error"})", R"({"type":"message"})", "<html>"}) {
    const auto got = codec{}.read_answer(body);
    ASSERT_TRUE(got.has_error()) << body;
    EXPECT_EQ(got.error().kind, error_kind::upstream_failed);
  }
}

TEST(answer_write, ends_with_tool_use_where_a_tool_is_called) {
  dialogue::answer got;
  got.choices = {
      {.parts = {dialogue::tool_call_part{.id = "c1", .name = "f", .arguments = "{}"}}, .reason = finish::stop}};
  const auto made = codec{}.write_answer(got, {.model = "alias"});
  EXPECT_EQ(made.body, R"({"id":"msg_0","type":"message","role":"assistant","model":"alias","content":[)"
                       R"({"type":"tool_use","id":"c1","name":"f","input":{}}],"stop_reason":"tool_use",)"
                       R"("stop_sequence":null,"usage":{"input_tokens":0,"cache_creation_input_tokens":0,)"
                       R"("cache_read_input_tokens":0,"output_tokens":0}})");
  EXPECT_THAT(made.losses, IsEmpty());
}

TEST(answer_write, names_what_it_drops) {
  dialogue::choice first;
  first.parts = {
      dialogue::reasoning_part{.text = "why", .signature = "x", .origin = protocol::gemini},
      dialogue::reasoning_part{.redacted = "x", .origin = protocol::openai_responses},
      dialogue::text_part{.text = "a", .signature = "x"},
      dialogue::media_part{.media_type = "image/png", .data_base64 = "AAAA"},
      dialogue::opaque_part{.origin = protocol::gemini, .json = "{}"},
      dialogue::tool_call_part{.id = "c", .name = "f", .arguments = "{oops"},
  };
  first.reason = finish::content_filter;
  first.logprobs = {{.token = "a"}};
  dialogue::answer got;
  got.choices = {first, first};
  const auto made = codec{}.write_answer(got, {});
  EXPECT_THAT(made.body, HasSubstr(R"("content":[{"type":"thinking","thinking":"why","signature":""},)"
                                   R"({"type":"text","text":"a"},{"type":"tool_use","id":"c","name":"f",)"
                                   R"("input":{"invalid_json":"{oops"}}],"stop_reason":"refusal")"));
  EXPECT_THAT(made.losses,
              ElementsAre("choices[0].parts[0].signature", "choices[0].parts[1].redacted",
                          "choices[0].parts[2].signature", "choices[0].parts[3]", "choices[0].parts[4]",
                          "choices[0].parts[5].arguments", "choices[0].reason", "choices[0].logprobs", "choices[1]"));
}

TEST(answer_write, finds_the_nearest_citation) {
  dialogue::text_part words{.text = "a"};
  words.citations = {{.quote = "q", .title = "t", .url = "u", .opaque = R"({"type":"url_citation"})"},
                     {.quote = "q", .source_index = 2, .source_id = "doc_2"},
                     {.quote = "q", .title = "t"}};
  dialogue::answer got;
  got.choices = {{.parts = {words}}};
  const std::string body = codec{}.write_answer(got, {}).body;
  EXPECT_THAT(body, HasSubstr(R"({"type":"web_search_result_location","cited_text":"q","encrypted_index":"",)"
                              R"("title":"t","url":"u"})"));
  EXPECT_THAT(body, HasSubstr(R"({"type":"search_result_location","cited_text":"q","search_result_index":2,)"
                              R"("source":"doc_2","title":null,"start_block_index":0,"end_block_index":1})"));
  EXPECT_THAT(body, HasSubstr(R"({"type":"char_location","cited_text":"q","document_index":0,"document_title":"t",)"
                              R"("start_char_index":0,"end_char_index":0})"));
}

} // namespace
} // namespace inferenceflow::codecs::anthropic
