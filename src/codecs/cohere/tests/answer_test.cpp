#include "codecs/cohere/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferenceflow::codecs::cohere {
namespace {

using dialogue::answer;
using dialogue::finish;
using dialogue::reasoning_part;
using dialogue::text_part;
using dialogue::tool_call_part;
using testing::ElementsAre;
using testing::HasSubstr;

const codec k_cohere;

TEST(cohere_answer, reads_a_plain_one) {
  const auto read = k_cohere.read_answer(
      R"({"id":"a1","finish_reason":"COMPLETE","message":{"role":"assistant","content":[{"type":"text","text":"Hello"}]},
          "usage":{"billed_units":{"input_tokens":3,"output_tokens":2.0},"tokens":{"input_tokens":70,"output_tokens":4}}})");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->id, "a1");
  ASSERT_EQ(read->choices.size(), 1U);
  EXPECT_EQ(read->choices[0].reason, finish::stop);
  EXPECT_EQ(read->choices[0].parts, (std::vector<dialogue::part>{text_part{.text = "Hello"}}));
  EXPECT_EQ(read->usage, (cost::token_usage{.fresh_input = 3, .output = 2}));
}

TEST(cohere_answer, reads_tool_calls_with_their_plan) {
  const auto read = k_cohere.read_answer(
      R"({"id":"a","finish_reason":"TOOL_CALL","message":{"role":"assistant","tool_plan":"I will look.","tool_calls":[
          {"id":"look_1","type":"function","function":{"name":"look","arguments":"{\"at\":1}"}},
          {"id":"now_2","type":"function","function":{"name":"now"}}]}})");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->choices[0].parts,
            (std::vector<dialogue::part>{reasoning_part{.text = "I will look.", .id = "tool_plan"},
                                         tool_call_part{.id = "look_1", .name = "look", .arguments = R"({"at":1})"},
                                         tool_call_part{.id = "now_2", .name = "now", .arguments = "{}"}}));
  EXPECT_EQ(read->choices[0].reason, finish::tool_calls);
  EXPECT_FALSE(read->usage);
}

TEST(cohere_answer, places_citations_by_byte) {
  const auto read = k_cohere.read_answer(
      R"({"id":"a","finish_reason":"COMPLETE","message":{"content":[{"type":"thinking","thinking":"t"},
          {"type":"text","text":"It is 20°C, sunny."}],"citations":[
          {"start":6,"end":10,"text":"20°C","sources":[{"type":"tool","id":"w:0","tool_output":{"t":20}},
            {"type":"document","id":"doc:1","document":{"title":"T"}}],"content_index":1,"type":"TEXT_CONTENT"},
          {"start":12,"end":17,"text":"sunny","sources":[],"content_index":1},
          {"start":0,"end":900,"text":"x","content_index":1},
          {"start":0,"end":1,"text":"t","content_index":0,"type":"THINKING_CONTENT"}]}})");
  ASSERT_TRUE(read) << read.error().message;
  const auto& cited = std::get<text_part>(read->choices[0].parts[1]).citations;
  ASSERT_EQ(cited.size(), 4U);
  EXPECT_EQ(cited[0].begin, 6);
  EXPECT_EQ(cited[0].end, 11);
  EXPECT_EQ(cited[0].opaque, R"({"type":"tool","id":"w:0","tool_output":{"t":20}})");
  EXPECT_EQ(cited[1].source_index, 1);
  EXPECT_EQ(cited[1].title, "T");
  EXPECT_EQ(cited[2].begin, 13);
  EXPECT_EQ(cited[2].end, 18);
  EXPECT_EQ(cited[3].end, -1);
  const auto again = k_cohere.read_answer(k_cohere.write_answer(*read, {}).body);
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, *read);
}

TEST(cohere_answer, counts_what_is_billed) {
  const auto usage = [](std::string_view block) {
    const auto read = k_cohere.read_answer(R"({"message":{},"usage":)" + std::string{block} + "}");
    return read ? read->usage : std::nullopt;
  };
  // 529 words of Cohere's own stand in the prompt and are free: of the 2928 cached ones, at least 2399 are the
  // caller's.
  EXPECT_EQ(usage(R"({"billed_units":{"input_tokens":2406,"output_tokens":2},"cached_tokens":2928,
                      "tokens":{"input_tokens":2935,"output_tokens":4}})"),
            (cost::token_usage{.fresh_input = 7, .cached_input = 2399, .output = 2}));
  EXPECT_EQ(usage(R"({"billed_units":{"input_tokens":41,"output_tokens":25},"cached_tokens":144,
                      "tokens":{"input_tokens":1441,"output_tokens":54}})"),
            (cost::token_usage{.fresh_input = 41, .output = 25}));
  EXPECT_EQ(usage(R"({"tokens":{"input_tokens":10,"output_tokens":4},"cached_tokens":6})"),
            (cost::token_usage{.fresh_input = 4, .cached_input = 6, .output = 4}));
  EXPECT_EQ(usage(R"({"billed_units":{"input_tokens":-5,"output_tokens":1e30},"cached_tokens":9})"),
            (cost::token_usage{.output = cost::k_tokens_max}));
  EXPECT_EQ(usage("{}"), std::nullopt);
}

TEST(cohere_answer, maps_every_finish_reason) {
  const auto reason = [](std::string_view word) {
    return k_cohere.read_answer(R"({"message":{},"finish_reason":")" + std::string{word} + "\"}")->choices[0].reason;
  };
  EXPECT_EQ(reason("STOP_SEQUENCE"), finish::stop_sequence);
  EXPECT_EQ(reason("MAX_TOKENS"), finish::length);
  EXPECT_EQ(reason("ERROR"), finish::failed);
  EXPECT_EQ(reason("TIMEOUT"), finish::failed);
  EXPECT_EQ(reason("ERROR_TOXIC"), finish::content_filter);
  EXPECT_EQ(reason("NEW"), finish::other);
  EXPECT_EQ(reason(""), finish::none);
}

TEST(cohere_answer, what_is_no_answer_is_the_upstreams_fault) {
  for (const std::string_view body : {"", "[]", "null", R"({"message":"quota"})", R"({"message":{"content":3}})",
                                      R"({"message":{"tool_calls":[{}]}})", R"({"id":4,"message":{}})"}) {
    const auto read = k_cohere.read_answer(body);
    ASSERT_FALSE(read) << body;
    EXPECT_EQ(read.error().kind, error_kind::upstream_failed);
    EXPECT_EQ(read.error().source, error_source::upstream);
  }
}

TEST(cohere_answer, writes_what_clients_read) {
  answer got{.id = "a1",
             .model = "m",
             .usage =
                 cost::token_usage{.fresh_input = 3, .cached_input = 2, .cache_write = 1, .output = 4, .reasoning = 5}};
  got.choices = {{.parts = {reasoning_part{.text = "hm", .signature = "s", .origin = dialogue::protocol::anthropic},
                            text_part{.text = "A"}, dialogue::refusal_part{.text = "No."},
                            reasoning_part{.text = "plan", .id = "tool_plan"},
                            tool_call_part{.id = "c", .name = "f", .arguments = ""},
                            dialogue::opaque_part{.origin = dialogue::protocol::anthropic, .json = "{}"},
                            dialogue::media_part{.data_base64 = "AA"}},
                  .reason = finish::stop_sequence,
                  .stop_sequence = "END",
                  .logprobs = {{.token = "A", .logprob = -0.5, .top = {{"A", -0.5}}}}},
                 {.parts = {}}};
  const auto written = k_cohere.write_answer(got, {});
  EXPECT_EQ(written.body,
            R"({"id":"a1","message":{"role":"assistant","content":[{"type":"thinking","thinking":"hm"},)"
            R"({"type":"text","text":"A"},{"type":"text","text":"No."}],"tool_plan":"plan","tool_calls":[{"id":"c",)"
            R"("type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"STOP_SEQUENCE",)"
            R"("logprobs":[{"text":"A","token_ids":[],"logprobs":[-0.5]}],"usage":{"billed_units":{"input_tokens":6,)"
            R"("output_tokens":9},"tokens":{"input_tokens":6,"output_tokens":9},"cached_tokens":2}})");
  EXPECT_THAT(written.losses, ElementsAre("choices[0].parts[0].signature", "choices[0].parts[5]", "choices[0].parts[6]",
                                          "logprobs.top", "choices[1]", "choices[0].stop_sequence"));
  EXPECT_THAT(k_cohere.write_answer({}, {}).body, HasSubstr(R"("finish_reason":"COMPLETE")"));
}

} // namespace
} // namespace inferenceflow::codecs::cohere
