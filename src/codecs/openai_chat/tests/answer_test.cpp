#include "codecs/openai_chat/tests/samples.h"

#include <algorithm>

namespace inferenceflow::codecs::openai_chat {
namespace {

using dialogue::answer;
using dialogue::finish;
using dialogue::protocol;

/// Images come behind the calls in a stream and before them in a document: the format keeps no order of kinds.
answer with_images_last(answer of) {
  for (dialogue::choice& one : of.choices) {
    std::stable_partition(one.parts.begin(), one.parts.end(),
                          [](const auto& part) { return !std::holds_alternative<dialogue::media_part>(part); });
  }
  return of;
}

result<answer> read(std::string_view body) {
  return codec{}.read_answer(body);
}

answer read_message(std::string_view message, std::string_view rest = R"("finish_reason":"stop")") {
  const auto got = read(R"({"id":"x","model":"m","choices":[{"index":0,"message":)" + std::string{message} + "," +
                        std::string{rest} + "}]}");
  EXPECT_TRUE(got.has_value()) << got.error().message;
  return got.has_value() ? *got : answer{.choices = {{}}};
}

TEST(answer, written_and_read_is_the_same) {
  const answer sent = rich_answer();
  const auto written = codec{}.write_answer(sent, {});
  EXPECT_TRUE(written.losses.empty());
  const auto got = read(written.body);
  ASSERT_TRUE(got.has_value()) << got.error().message;
  EXPECT_EQ(with_images_last(*got), sent);
}

TEST(answer, has_openais_shape) {
  dialogue::choice only;
  only.parts = {dialogue::text_part{.text = "Hi"}};
  only.reason = finish::stop;
  const auto written = codec{}.write_answer({.id = "a", .model = "backend", .choices = {only}},
                                            {.model = "asked", .usage = true, .created_s = 9});
  EXPECT_EQ(written.body, R"({"id":"a","object":"chat.completion","created":9,"model":"asked","choices":[{"index":0,)"
                          R"("message":{"role":"assistant","content":"Hi","refusal":null},"logprobs":null,)"
                          R"("finish_reason":"stop"}]})");
}

TEST(answer, names_what_it_cannot_carry) {
  dialogue::choice only;
  only.parts = {dialogue::text_part{.text = "a", .citations = {{.quote = "q", .source_index = 1}}},
                dialogue::opaque_part{.origin = protocol::anthropic, .type = "server_tool_use", .json = "{}"},
                dialogue::media_part{.kind = dialogue::media_kind::audio, .media_type = "audio/wav"}};
  only.reason = finish::paused;
  const answer sent{.choices = {only}};
  const auto written = codec{}.write_answer(sent, {});
  EXPECT_EQ(written.losses,
            (std::vector<std::string>{"citations", "block audio/wav", "block server_tool_use", "finish.paused"}));
  EXPECT_EQ(read(written.body)->choices.at(0).reason, finish::stop);
}

TEST(answer, dialects_of_thinking) {
  const auto text_of = [](std::string_view message) {
    const answer got = read_message(message);
    const auto* thought = std::get_if<dialogue::reasoning_part>(&got.choices.at(0).parts.at(0));
    return thought == nullptr ? std::string{"none"} : thought->text;
  };
  EXPECT_EQ(text_of(R"({"content":"a","reasoning_content":"hm"})"), "hm");
  EXPECT_EQ(text_of(R"({"content":"a","reasoning":"hm"})"), "hm");
  EXPECT_EQ(text_of(R"({"content":[{"type":"thinking","thinking":[{"type":"text","text":"h"},
                     {"type":"text","text":"m"}]},{"type":"text","text":"a"}]})"),
            "hm");
  EXPECT_EQ(text_of(R"({"content":"a","reasoning":"hm","reasoning_details":[
                     {"type":"reasoning.text","text":"hm","index":0}]})"),
            "hm");
}

TEST(answer, signatures_of_every_maker) {
  const answer got = read_message(R"({"content":"ready","reasoning":"s","reasoning_details":[
      {"type":"reasoning.summary","summary":"s","format":"openai-responses-v1","index":0},
      {"type":"reasoning.encrypted","data":"ZGF0YQ==","id":"rs_1","format":"openai-responses-v1","index":0},
      {"type":"reasoning.text","signature":"c2ln","format":"google-gemini-v1","index":1}]})");
  const auto& parts = got.choices.at(0).parts;
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[0], dialogue::part(dialogue::reasoning_part{.text = "s", .summary = true}));
  EXPECT_EQ(parts[1], dialogue::part(dialogue::reasoning_part{
                          .redacted = "ZGF0YQ==", .id = "rs_1", .origin = protocol::openai_responses}));
  EXPECT_EQ(parts[2], dialogue::part(dialogue::text_part{.text = "ready", .citations = {}, .signature = "c2ln"}));
}

TEST(answer, googles_own_host_signs_the_call) {
  const answer got = read_message(R"({"extra_content":{"google":{"thought_signature":"c2ln"}},"tool_calls":[
      {"id":"","type":"function","function":{"name":"now","arguments":""}}]})");
  EXPECT_EQ(got.choices.at(0).parts.at(0),
            dialogue::part(dialogue::tool_call_part{
                .id = "call_0", .name = "now", .arguments = "{}", .custom = false, .signature = "c2ln"}));
  EXPECT_EQ(got.choices.at(0).reason, finish::tool_calls) << "stop with calls waits for results";
}

TEST(answer, empty_members_stand_for_none) {
  const answer got = read_message(R"({"content":"4","refusal":"","annotations":null,"tool_calls":null,
      "function_call":{"name":"","arguments":""},"audio":{"id":"","data":""}})",
                                  R"("finish_reason":"")");
  EXPECT_EQ(got.choices.at(0).parts.size(), 1U);
  EXPECT_EQ(got.choices.at(0).reason, finish::stop);
}

TEST(answer, finish_reasons) {
  const auto reason = [](std::string_view rest) {
    return read_message(R"({"content":"x"})", rest).choices.at(0).reason;
  };
  EXPECT_EQ(reason(R"("finish_reason":"length")"), finish::length);
  EXPECT_EQ(reason(R"("finish_reason":"model_length")"), finish::length);
  EXPECT_EQ(reason(R"("finish_reason":"content_filter")"), finish::content_filter);
  EXPECT_EQ(reason(R"("finish_reason":"error")"), finish::failed);
  EXPECT_EQ(reason(R"("finish_reason":"stop","stop_reason":128009)"), finish::stop);
  EXPECT_EQ(reason(R"("finish_reason":"stop","matched_stop":"END")"), finish::stop_sequence);
  EXPECT_EQ(reason(R"("finish_reason":"news")"), finish::other);
}

TEST(answer, citations_count_bytes) {
  const answer got = read_message(R"({"content":"Zürich is","annotations":[
      {"type":"url_citation","url_citation":{"url":"u","title":"t","start_index":0,"end_index":6}},
      {"type":"url_citation","url_citation":{"url":"v","title":"t","start_index":0,"end_index":0}},
      {"type":"url_citation","url_citation":{"url":"w","title":"t","start_index":2,"end_index":99}}]})");
  const auto& cited = std::get<dialogue::text_part>(got.choices.at(0).parts.at(0)).citations;
  ASSERT_EQ(cited.size(), 3U);
  EXPECT_EQ(cited[0].end, 7);
  EXPECT_EQ(cited[1].begin, -1);
  EXPECT_EQ(cited[2].end, -1);
}

TEST(answer, usage_dialects) {
  const auto usage = [](std::string_view block) {
    return read(R"({"choices":[{"message":{"content":"x"}}],)" + std::string{block} + "}")->usage;
  };
  EXPECT_EQ(usage(R"("usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,
                  "prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":2}})"),
            (cost::token_usage{.fresh_input = 6, .cached_input = 4, .output = 3, .reasoning = 2}));
  EXPECT_EQ(usage(R"("usage":{"prompt_tokens":10,"completion_tokens":5,"prompt_cache_hit_tokens":4})"),
            (cost::token_usage{.fresh_input = 6, .cached_input = 4, .output = 5}));
  EXPECT_EQ(usage(R"("x_groq":{"usage":{"prompt_tokens":1,"completion_tokens":2}})"),
            (cost::token_usage{.fresh_input = 1, .output = 2}));
  EXPECT_EQ(usage(R"("usage":null)"), std::nullopt);
}

TEST(answer, what_is_none_is_the_providers_fault) {
  for (const std::string_view body :
       {"", "[]", "{", "{}", R"({"choices":[]})", R"({"choices":[{}]})", R"({"choices":[{"message":{"content":7}}]})",
        R"({"choices":[{"index":200,"message":{"content":""}}]})",
        R"({"type":"message","content":[{"type":"text","text":"hi"}]})"}) {
    const auto got = read(body);
    ASSERT_FALSE(got.has_value()) << body;
    EXPECT_EQ(got.error().kind, error_kind::upstream_failed) << body;
  }
}

TEST(answer, an_error_under_status_200) {
  const auto got = read(R"({"error":{"code":429,"message":"slow down"}})");
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().kind, error_kind::rate_limited);
  EXPECT_EQ(got.error().message, "slow down");
}

} // namespace
} // namespace inferenceflow::codecs::openai_chat
