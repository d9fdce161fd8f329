#include "codecs/openai_responses/codec.h"
#include "dialogue/assembly.h"
#include "dialogue/order_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::codecs::openai_responses {
namespace {

using dialogue::answer;
using dialogue::finish;
using dialogue::protocol;
using dialogue::text_part;
using testing::ElementsAre;
using testing::IsEmpty;

answer read(std::string_view body) {
  const auto got = codec{}.read_answer(body);
  EXPECT_TRUE(got.has_value()) << (got ? "" : got.error().message);
  return got ? *got : answer{};
}

/// What a client of this protocol reads from the stream of `got`.
answer streamed(const answer& got) {
  std::string bytes;
  const auto writer = codec{}.make_writer({});
  dialogue::replay(got, [&](const dialogue::event& happened) { writer->write(happened, bytes); });
  dialogue::assembly whole;
  dialogue::order_check order;
  const auto reader = codec{}.make_reader(1U << 20U);
  const dialogue::event_handler handle = [&](const dialogue::event& happened) {
    order.take(happened);
    whole.take(happened);
  };
  reader->push(bytes, handle);
  reader->finish(handle);
  EXPECT_EQ(order.fault(), "");
  EXPECT_TRUE(whole.ended()) << (whole.failure() ? whole.failure()->message : "") << bytes;
  return whole.so_far();
}

answer one(std::vector<dialogue::part> parts, finish reason) {
  answer made{.id = "resp_1", .model = "m", .created_s = 7};
  made.choices = {{.parts = std::move(parts), .reason = reason}};
  return made;
}

TEST(openai_responses_answer, reads_a_response) {
  const auto got = read(R"({"id":"resp_1","object":"response","created_at":1700000000.0,"status":"completed",
      "model":"gpt-5","service_tier":"flex","output":[
      {"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"hm"}],
       "encrypted_content":"c2Vj"},
      {"type":"web_search_call","id":"ws_1","status":"completed"},
      {"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text",
       "text":"né link","annotations":[{"type":"url_citation","start_index":3,"end_index":7,"url":"u","title":"T"}],
       "logprobs":[{"token":"né","logprob":-0.5,"bytes":[],"top_logprobs":[{"token":"né","logprob":-0.5}]}]}]},
      {"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":""},
      {"type":"custom_tool_call","id":"ctc_1","call_id":"c2","name":"g","input":"in"},
      {"type":"image_generation_call","id":"ig_1","status":"completed","result":"AAAA","output_format":"webp"}],
      "usage":{"input_tokens":100,"input_tokens_details":{"cached_tokens":60,"cache_write_tokens":30},
       "output_tokens":50,"output_tokens_details":{"reasoning_tokens":20},"total_tokens":150}})");
  EXPECT_EQ(got.id, "resp_1");
  EXPECT_EQ(got.model, "gpt-5");
  EXPECT_EQ(got.created_s, 1'700'000'000);
  EXPECT_EQ(got.service_tier, "flex");
  EXPECT_EQ(got.usage, (cost::token_usage{
                           .fresh_input = 10, .cached_input = 60, .cache_write = 30, .output = 30, .reasoning = 20}));
  ASSERT_EQ(got.choices.size(), 1U);
  const auto& parts = got.choices[0].parts;
  ASSERT_EQ(parts.size(), 6U);
  EXPECT_EQ(parts[0], dialogue::part(dialogue::reasoning_part{
                          .text = "hm", .redacted = "c2Vj", .id = "rs_1", .origin = protocol::openai_responses}));
  EXPECT_EQ(std::get<dialogue::opaque_part>(parts[1]).type, "web_search_call");
  const auto& words = std::get<text_part>(parts[2]);
  EXPECT_EQ(words.text, "né link");
  ASSERT_EQ(words.citations.size(), 1U);
  EXPECT_EQ(words.citations[0].begin, 4) << "bytes, not characters";
  EXPECT_EQ(words.citations[0].end, 8);
  EXPECT_EQ(words.citations[0].url, "u");
  EXPECT_EQ(parts[3], dialogue::part(dialogue::tool_call_part{.id = "c1", .name = "f", .arguments = "{}"}));
  EXPECT_EQ(parts[4],
            dialogue::part(dialogue::tool_call_part{.id = "c2", .name = "g", .arguments = "in", .custom = true}));
  EXPECT_EQ(parts[5], dialogue::part(dialogue::media_part{.media_type = "image/webp", .data_base64 = "AAAA"}));
  EXPECT_EQ(got.choices[0].reason, finish::tool_calls);
  EXPECT_EQ(got.choices[0].logprobs,
            (std::vector<dialogue::token_logprob>{{.token = "né", .logprob = -0.5, .top = {{"né", -0.5}}}}));
}

TEST(openai_responses_answer, reads_why_it_ended) {
  const auto reason = [](std::string_view members) {
    return read(std::string{R"({"output":[{"type":"message","content":[{"type":"refusal","refusal":"No."}]}],)"}
                    .append(members)
                    .append("}"))
        .choices.at(0)
        .reason;
  };
  EXPECT_EQ(reason(R"("status":"completed")"), finish::refusal);
  EXPECT_EQ(reason(R"("status":"incomplete","incomplete_details":{"reason":"max_output_tokens"})"), finish::length);
  EXPECT_EQ(reason(R"("status":"incomplete","incomplete_details":{"reason":"content_filter"})"),
            finish::content_filter);
  EXPECT_EQ(reason(R"("status":"incomplete")"), finish::other);
  EXPECT_EQ(reason(R"("status":"queued")"), finish::none);
  EXPECT_EQ(read(R"({"output":[]})").choices.at(0).reason, finish::stop);
}

TEST(openai_responses_answer, refuses_what_is_no_response) {
  for (const char* body : {"", "[]", "{}", R"({"output":{}})", R"({"output":[{}]})", R"({"output":[null]})",
                           R"({"output":[{"type":"function_call"}]})"}) {
    const auto got = codec{}.read_answer(body);
    ASSERT_FALSE(got.has_value()) << body;
    EXPECT_EQ(got.error().kind, error_kind::upstream_failed) << body;
    EXPECT_EQ(got.error().param, "") << body;
  }
  const auto failed = codec{}.read_answer(
      R"({"status":"failed","output":[],"error":{"code":"rate_limit_exceeded","message":"Slow down."}})");
  EXPECT_EQ(failed.error().kind, error_kind::rate_limited);
  EXPECT_EQ(failed.error().message, "Slow down.");
  EXPECT_EQ(codec{}.read_answer(R"({"status":"cancelled","output":[]})").error().kind, error_kind::upstream_failed);
}

TEST(openai_responses_answer, is_the_same_when_written_and_read) {
  answer rich =
      one({dialogue::reasoning_part{
               .text = "A", .redacted = "c2Vj", .id = "rs_1", .summary = true, .origin = protocol::openai_responses},
           dialogue::reasoning_part{.text = "raw", .id = "rs_2"},
           text_part{.text = "né link",
                     .citations = {{.title = "T",
                                    .url = "u",
                                    .begin = 4,
                                    .end = 8,
                                    .opaque = R"({"type":"url_citation","start_index":3,"end_index":7,)"
                                              R"("url":"u","title":"T"})"}}},
           text_part{}, dialogue::refusal_part{.text = "No."},
           dialogue::tool_call_part{.id = "c1", .name = "f", .arguments = R"({"a":"b\n"})"},
           dialogue::tool_call_part{.id = "c2", .name = "g", .arguments = "in", .custom = true},
           dialogue::opaque_part{.origin = protocol::openai_responses,
                                 .type = "web_search_call",
                                 .json = R"({"type":"web_search_call","id":"ws"})"},
           dialogue::media_part{.media_type = "image/png", .data_base64 = "AAAA"}, text_part{.text = "end"}},
          finish::tool_calls);
  rich.usage = cost::token_usage{.fresh_input = 1, .cached_input = 2, .cache_write = 3, .output = 4, .reasoning = 5};
  rich.choices[0].logprobs = {{.token = "né", .logprob = -0.25, .top = {{"né", -0.25}, {"x", -9}}}};
  const auto written = codec{}.write_answer(rich, {});
  EXPECT_THAT(written.losses, IsEmpty());
  EXPECT_EQ(read(written.body), rich);
  EXPECT_EQ(streamed(rich), rich);
  for (const finish reason : {finish::stop, finish::length, finish::content_filter}) {
    const answer plain = one({text_part{.text = "x"}}, reason);
    EXPECT_EQ(read(codec{}.write_answer(plain, {}).body), plain);
    EXPECT_EQ(streamed(plain), plain);
  }
}

TEST(openai_responses_answer, writes_every_field_that_clients_require) {
  answer got = one({text_part{.text = "Hi"}}, finish::stop);
  got.usage = cost::token_usage{.fresh_input = 3, .output = 2};
  got.service_tier = "default";
  EXPECT_EQ(codec{}.write_answer(got, {.model = "alias", .usage = false}).body,
            R"({"id":"resp_1","object":"response","created_at":7,"status":"completed","background":false,)"
            R"("error":null,"incomplete_details":null,"instructions":null,"max_output_tokens":null,"metadata":{},)"
            R"("model":"alias","output":[{"type":"message","id":"msg_resp1_0","status":"completed",)"
            R"("role":"assistant","content":[{"type":"output_text","text":"Hi","annotations":[],"logprobs":[]}]}],)"
            R"("parallel_tool_calls":true,"previous_response_id":null,"reasoning":{"effort":null,"summary":null},)"
            R"("service_tier":"default","store":false,"temperature":null,"text":{"format":{"type":"text"}},)"
            R"("tool_choice":"auto","tools":[],"top_p":null,"truncation":"disabled","usage":{"input_tokens":3,)"
            R"("input_tokens_details":{"cached_tokens":0,"cache_write_tokens":0},"output_tokens":2,)"
            R"("output_tokens_details":{"reasoning_tokens":0},"total_tokens":5},"user":null})");
}

TEST(openai_responses_answer, says_what_it_could_not_write) {
  answer got = one({dialogue::reasoning_part{.text = "hm", .signature = "c2ln", .origin = protocol::anthropic},
                    dialogue::reasoning_part{.redacted = "eA==", .origin = protocol::anthropic},
                    text_part{.text = "x",
                              .citations = {{.quote = "q", .title = "Doc", .source_index = 1},
                                            {.opaque = R"({"type":"char_location"})"},
                                            {.url = "u", .begin = 0, .end = 1}}},
                    dialogue::opaque_part{.origin = protocol::anthropic, .type = "server_tool_use", .json = "{}"},
                    dialogue::media_part{.media_type = "audio/wav", .data_base64 = "AAAA"}},
                   finish::stop_sequence);
  got.choices.push_back({.parts = {text_part{.text = "second"}}, .reason = finish::stop});
  const auto written = codec{}.write_answer(got, {});
  EXPECT_THAT(written.losses, ElementsAre("signature", "redacted", "citation", "server_tool_use", "media",
                                          "stop_sequence", "choices[1]"));
  const answer again = read(written.body);
  ASSERT_EQ(again.choices.size(), 1U);
  ASSERT_EQ(again.choices[0].parts.size(), 2U) << "the thought's text and the text";
  EXPECT_EQ(std::get<dialogue::reasoning_part>(again.choices[0].parts[0]).text, "hm");
  const auto& citations = std::get<text_part>(again.choices[0].parts[1]).citations;
  ASSERT_EQ(citations.size(), 2U);
  EXPECT_EQ(citations[0].title, "Doc");
  EXPECT_EQ(citations[0].source_index, 1);
  EXPECT_EQ(citations[1].url, "u");
  EXPECT_EQ(again.choices[0].reason, finish::stop);
}

TEST(openai_responses_answer, makes_an_id_where_there_is_none) {
  answer got = one({text_part{.text = "x"}}, finish::stop);
  got.id.clear();
  EXPECT_EQ(read(codec{}.write_answer(got, {}).body).id.substr(0, 5), "resp_");
}

} // namespace
} // namespace inferenceflow::codecs::openai_responses
