#include "codecs/cohere/codec.h"
#include "dialogue/assembly.h"
#include "dialogue/order_check.h"

#include <algorithm>
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

struct outcome {
  answer got = {};
  bool ended = false;
  int failures = 0;
  std::string failure = {};
  std::string order = {};
};

outcome read_in_pieces(std::string_view stream, std::size_t piece, std::size_t event_bytes_max = 1 << 16) {
  dialogue::assembly whole;
  dialogue::order_check order;
  outcome result;
  const auto reader = k_cohere.make_reader(event_bytes_max);
  const dialogue::event_handler take = [&](const dialogue::event& happened) {
    order.take(happened);
    whole.take(happened);
    result.failures += happened.kind == dialogue::event_kind::failure ? 1 : 0;
  };
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    reader->push(stream.substr(at, piece), take);
  }
  reader->finish(take);
  EXPECT_TRUE(order.closed());
  result.got = whole.so_far();
  result.ended = whole.ended();
  result.failure = whole.failure() ? whole.failure()->message : "";
  result.order = order.fault();
  return result;
}

std::string event_of(std::string_view json) {
  return "data: " + std::string{json} + "\n\n";
}

const std::string k_begin = event_of(R"({"id":"a1","type":"message-start","delta":{"message":{"role":"assistant"}}})");
const std::string k_end = event_of(R"({"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{
)");

std::string message_end(std::string_view reason) {
  return event_of(R"({"type":"message-end","delta":{"finish_reason":")" + std::string{reason} +
                  R"(","usage":{"billed_units":{"input_tokens":3,"output_tokens":2}}}})") +
         event_of("[DONE]");
}

std::string said(std::string_view text) {
  return event_of(R"({"type":"content-delta","index":0,"delta":{"message":{"content":{"text":")" + std::string{text} +
                  R"("}}}})");
}

const std::string k_text_stream =
    k_begin +
    event_of(R"({"type":"content-start","index":0,"delta":{"message":{"content":{"type":"text","text":""}}}})") +
    said("20°C, ") + said("sunny") +
    event_of(
        R"({"type":"citation-start","index":0,"delta":{"message":{"citations":{"start":6,"end":11,"text":"sunny","sources":[{"type":"tool","id":"w:0","tool_output":{"a":1}}],"type":"TEXT_CONTENT"}}}})") +
    event_of(R"({"type":"citation-end","index":0})") + event_of(R"({"type":"content-end","index":0})") +
    message_end("COMPLETE");

const std::string k_tool_stream =
    k_begin + event_of(R"({"type":"tool-plan-delta","delta":{"message":{"tool_plan":"I "}}})") +
    event_of(R"({"type":"tool-plan-delta","delta":{"message":{"tool_plan":"look."}}})") +
    event_of(
        R"({"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"c1","type":"function","function":{"name":"f","arguments":""}}}}})") +
    event_of(
        R"({"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"{\"a\""}}}}})") +
    event_of(
        R"({"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":":1}"}}}}})") +
    event_of(R"({"type":"tool-call-end","index":0})") +
    event_of(
        R"({"type":"tool-call-start","index":1,"delta":{"message":{"tool_calls":{"id":"c2","type":"function","function":{"name":"g","arguments":""}}}}})") +
    event_of(R"({"type":"tool-call-end","index":1})") + message_end("TOOL_CALL");

TEST(cohere_stream, text_with_citations_in_every_cut) {
  for (std::size_t piece = 1; piece < 40; ++piece) {
    const outcome read = read_in_pieces(k_text_stream, piece);
    EXPECT_EQ(read.order, "");
    EXPECT_TRUE(read.ended) << read.failure;
    ASSERT_EQ(read.got.choices.size(), 1U);
    const auto& words = std::get<text_part>(read.got.choices[0].parts.at(0));
    EXPECT_EQ(words.text, "20°C, sunny");
    ASSERT_EQ(words.citations.size(), 1U);
    EXPECT_EQ(words.citations[0].begin, 7);
    EXPECT_EQ(words.citations[0].end, 12);
    EXPECT_EQ(read.got.usage, (cost::token_usage{.fresh_input = 3, .output = 2}));
    EXPECT_EQ(read.got.choices[0].reason, finish::stop);
  }
}

TEST(cohere_stream, parallel_tool_calls_with_a_plan) {
  const outcome read = read_in_pieces(k_tool_stream, 7);
  EXPECT_EQ(read.order, "");
  EXPECT_TRUE(read.ended) << read.failure;
  EXPECT_EQ(read.got.choices[0].parts,
            (std::vector<dialogue::part>{reasoning_part{.text = "I look.", .id = "tool_plan"},
                                         tool_call_part{.id = "c1", .name = "f", .arguments = R"({"a":1})"},
                                         tool_call_part{.id = "c2", .name = "g", .arguments = "{}"}}));
  EXPECT_EQ(read.got.choices[0].reason, finish::tool_calls);
}

TEST(cohere_stream, thinking_comes_before_text_and_unknown_events_are_skipped) {
  const outcome read = read_in_pieces(
      event_of(R"({"type":"ping"})") + k_begin + ": alive\n\n" +
          event_of(
              R"({"type":"content-start","index":0,"delta":{"message":{"content":{"type":"thinking","thinking":"h"}}}})") +
          event_of(R"({"type":"content-delta","index":0,"delta":{"message":{"content":{"thinking":"m"}}}})") +
          event_of(R"({"type":"content-end","index":0})") + event_of(R"({"type":"debug","prompt":"p"})") +
          event_of(R"({"type":"content-start","index":1,"delta":{"message":{"content":{"type":"text","text":"A"}}}})") +
          event_of(
              R"({"type":"content-delta","index":1,"delta":{"message":{"content":{"text":"B"}}},"logprobs":{"text":"B","token_ids":[5],"logprobs":[-0.25]}})") +
          message_end("MAX_TOKENS"),
      13);
  EXPECT_EQ(read.order, "");
  EXPECT_TRUE(read.ended) << read.failure;
  EXPECT_EQ(read.got.choices[0].parts,
            (std::vector<dialogue::part>{reasoning_part{.text = "hm"}, text_part{.text = "AB"}}));
  EXPECT_EQ(read.got.choices[0].logprobs, (std::vector<dialogue::token_logprob>{{.token = "B", .logprob = -0.25}}));
  EXPECT_EQ(read.got.choices[0].reason, finish::length);
}

TEST(cohere_stream, broken_ones_end_in_one_failure) {
  const std::vector<std::string> broken = {
      "",
      "data: [DONE]\n\n",
      "data: {\n\n",
      "data: []\n\n",
      said("no start"),
      k_begin,
      k_begin + k_begin,
      k_begin + said("half"),
      k_begin + said("half") + event_of("[DONE]"),
      k_begin + event_of(R"({"type":"tool-call-delta","index":0,"delta":{}})"),
      k_begin + event_of(R"({"type":"content-delta","index":"x"})"),
      event_of(R"({"id":"e","message":"model 'x' not found"})"),
      k_begin + event_of(R"({"message":"internal"})"),
      k_begin + said("half") +
          event_of(R"({"type":"message-end","delta":{"error":"worker lost","finish_reason":"ERROR"}})"),
      "<html>502</html>\n\n",
      k_begin + event_of(R"({"type":"message-end","delta":{"finish_reason":7}})"),
      k_end,
  };
  for (const std::string& stream : broken) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{17}, std::size_t{4096}}) {
      const outcome read = read_in_pieces(stream, piece);
      EXPECT_EQ(read.failures, 1) << stream;
      EXPECT_EQ(read.ended, false);
      EXPECT_EQ(read.order, "") << stream;
    }
  }
  EXPECT_EQ(read_in_pieces(broken[13], 99).failure, "worker lost");
  EXPECT_EQ(read_in_pieces(broken[11], 99).failure, "model 'x' not found");
  EXPECT_EQ(read_in_pieces(k_begin + said(std::string(300, 'x')), 64, 256).failures, 1);
}

TEST(cohere_stream, nothing_follows_the_end) {
  const outcome read = read_in_pieces(k_text_stream + k_begin + said("more"), 11);
  EXPECT_EQ(read.failures, 0);
  EXPECT_TRUE(read.ended);
  EXPECT_EQ(read.order, "");
}

answer rich() {
  dialogue::choice only;
  only.parts = {reasoning_part{.text = "hm"},
                text_part{.text = "Añ b",
                          .citations = {{.quote = "b", .source_id = "d", .begin = 4, .end = 5},
                                        {.quote = "b", .source_id = "e", .begin = 4, .end = 5},
                                        {.quote = "A", .title = "T", .source_index = 2, .begin = 0, .end = 1}}},
                reasoning_part{.text = "I look.", .id = "tool_plan"},
                tool_call_part{.id = "c1", .name = "f", .arguments = R"({"a":"\n"})"},
                tool_call_part{.id = "c2", .name = "g", .arguments = "{}"}};
  only.reason = finish::tool_calls;
  only.logprobs = {{.token = "Añ", .logprob = -0.5}, {.token = " b", .logprob = -1}};
  return {.id = "a1", .choices = {only}, .usage = cost::token_usage{.fresh_input = 3, .cached_input = 2, .output = 4}};
}

std::string written_stream(const answer& got, std::vector<std::string>* losses = nullptr) {
  const auto writer = k_cohere.make_writer({});
  std::string out;
  dialogue::replay(got, [&](const dialogue::event& happened) { writer->write(happened, out); });
  if (losses != nullptr) {
    *losses = writer->losses();
  }
  return out;
}

TEST(cohere_stream, what_is_written_is_read_again) {
  std::vector<std::string> losses;
  const std::string stream = written_stream(rich(), &losses);
  EXPECT_THAT(losses, testing::IsEmpty());
  outcome read = read_in_pieces(stream, 31);
  EXPECT_EQ(read.order, "");
  EXPECT_TRUE(read.ended) << read.failure;
  // What is read has Cohere's own JSON beside each citation, and the index in the name that was made for it.
  auto& cited = std::get<text_part>(read.got.choices.at(0).parts.at(1)).citations;
  for (auto& each : cited) {
    EXPECT_NE(each.opaque, "");
    each.opaque.clear();
  }
  ASSERT_EQ(cited.size(), 3U);
  EXPECT_EQ(cited[2].source_id, "doc:2");
  cited[2].source_id.clear();
  EXPECT_EQ(read.got, rich());
  auto whole = k_cohere.read_answer(k_cohere.write_answer(rich(), {}).body);
  ASSERT_TRUE(whole);
  const answer streamed = read_in_pieces(stream, 1).got;
  EXPECT_EQ(streamed, *whole);
}

TEST(cohere_stream, events_look_as_cohere_sends_them) {
  answer got{.id = "a1"};
  got.choices = {{.parts = {text_part{.text = "Hi"}}, .reason = finish::stop}};
  EXPECT_EQ(written_stream(got),
            "event: message-start\ndata: {\"id\":\"a1\",\"type\":\"message-start\",\"delta\":{\"message\":{\"role\":"
            "\"assistant\",\"content\":[],\"tool_plan\":\"\",\"tool_calls\":[],\"citations\":[]}}}\n\n"
            "event: content-start\ndata: {\"type\":\"content-start\",\"index\":0,\"delta\":{\"message\":{\"content\":"
            "{\"type\":\"text\",\"text\":\"\"}}}}\n\n"
            "event: content-delta\ndata: {\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":"
            "{\"text\":\"Hi\"}}}}\n\n"
            "event: content-end\ndata: {\"type\":\"content-end\",\"index\":0}\n\n"
            "event: message-end\ndata: {\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"COMPLETE\"}}\n\n"
            "data: [DONE]\n\n");
}

TEST(cohere_stream, foreign_parts_are_lost_by_name_and_failures_told) {
  answer got{.id = "a"};
  got.choices = {
      {.parts = {reasoning_part{
                     .text = "t", .signature = "s", .redacted = "r", .origin = dialogue::protocol::anthropic},
                 dialogue::refusal_part{.text = "No."},
                 dialogue::opaque_part{.origin = dialogue::protocol::anthropic, .json = "{}"},
                 dialogue::media_part{.data_base64 = "AA"},
                 tool_call_part{.id = "c", .name = "f", .arguments = "free", .custom = true}},
       .reason = finish::paused,
       .stop_sequence = "E"},
      {.parts = {text_part{.text = "second"}}}};
  std::vector<std::string> losses;
  const std::string stream = written_stream(got, &losses);
  EXPECT_THAT(losses, ElementsAre("signature", "redacted", "opaque", "media", "reason", "stop_sequence", "choices[1]"));
  EXPECT_THAT(stream, HasSubstr(R"("arguments":"{\"input\":\"free\"}")"));
  EXPECT_THAT(stream, testing::Not(HasSubstr("second")));

  const auto writer = k_cohere.make_writer({});
  std::string out;
  const error why = make_error(error_kind::upstream_timeout, "too \"slow\"");
  writer->write({.kind = dialogue::event_kind::begin, .id = "a"}, out);
  writer->write({.kind = dialogue::event_kind::failure, .why = &why}, out);
  writer->write({.kind = dialogue::event_kind::end}, out);
  EXPECT_THAT(out, HasSubstr(R"({"type":"message-end","delta":{"error":"too \"slow\"","finish_reason":"TIMEOUT"}})"));
  EXPECT_EQ(read_in_pieces(out, 5).failure, "too \"slow\"");
}

} // namespace
} // namespace inferenceflow::codecs::cohere
