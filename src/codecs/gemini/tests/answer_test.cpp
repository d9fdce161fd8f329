#include "codecs/gemini/tests/samples.h"

namespace inferenceflow::codecs::gemini {
namespace {

using namespace dialogue;

answer must_read_answer(std::string_view body) {
  auto got = codec{}.read_answer(body);
  EXPECT_TRUE(got.has_value()) << (got.has_value() ? "" : got.error().message);
  return got.has_value() ? *got : answer{};
}

answer rich_answer() {
  choice first;
  first.parts = {
      reasoning_part{.text = "hm", .signature = "c2ln", .summary = true, .origin = protocol::gemini},
      text_part{.text = "Hello \xC3\xA9", .signature = "dHM="},
      tool_call_part{.id = "c1", .name = "add", .arguments = R"({"a":1})", .signature = "c2k="},
      tool_call_part{.id = "c2", .name = "now", .arguments = "{}"},
      opaque_part{.origin = protocol::gemini, .type = "executableCode", .json = R"({"executableCode":{"code":"1"}})"},
      media_part{.media_type = "image/png", .data_base64 = "AAAA"},
      text_part{.text = "Sunny today.",
                .citations = {{.title = "t", .url = "https://example.org/", .begin = 0, .end = 5},
                              {.quote = "it shines", .title = "doc", .begin = 0, .end = 5},
                              {.title = "t", .url = "https://example.org/", .begin = 6, .end = 12}}},
  };
  first.reason = finish::tool_calls;
  first.logprobs = {{.token = "Hello", .logprob = -0.5, .top = {{"Hello", -0.5}, {"Hi", -1.25}}}};
  choice second;
  second.parts = {text_part{.text = "No."}};
  second.reason = finish::content_filter;
  return {.id = "r1",
          .model = "gemini-2.5-flash",
          .created_s = 1'760'111'744,
          .choices = {first, second},
          .usage = cost::token_usage{.fresh_input = 3, .cached_input = 2, .output = 4, .reasoning = 5}};
}

TEST(gemini_answer, writing_and_reading_gives_the_same) {
  answer sent = rich_answer();
  sent.service_tier = "standard";
  const written_answer written = codec{}.write_answer(sent, {});
  EXPECT_EQ(written.losses, std::vector<std::string>{});
  EXPECT_EQ(must_read_answer(written.body), sent);
}

TEST(gemini_answer, streaming_and_reading_gives_the_same) {
  const answer sent = rich_answer();
  for (const stream_form form : {stream_form::events, stream_form::array}) {
    const std::string bytes = write_stream(sent, form);
    const streamed read = read_stream(bytes);
    EXPECT_EQ(read.order_fault, "");
    EXPECT_FALSE(read.failure) << read.failure->message;
    EXPECT_EQ(read.got, sent);
  }
}

TEST(gemini_answer, reads_what_google_sends) {
  const answer got = must_read_answer(R"({
    "candidates": [{"content": {"role": "model", "parts": [
        {"text": "plan", "thought": true}, {"text": ""}, {"text": "hi", "thoughtSignature": "c2ln"},
        {"functionCall": {"name": "f", "args": {"a": 1}}}]}, "finishReason": "STOP", "avgLogprobs": -0.1,
      "groundingMetadata": {
        "groundingChunks": [{"web": {"uri": "https://a.example", "title": "A"}}, {"retrievedContext": {"text": "q"}},
                            {"web": {"uri": "https://c.example"}}],
        "groundingSupports": [{"segment": {"endIndex": 2, "text": "hi"}, "groundingChunkIndices": [0, 1, 9]}]},
      "citationMetadata": {"citationSources": [{"startIndex": 1, "endIndex": 2, "uri": "https://d.example"}]}}],
    "usageMetadata": {"promptTokenCount": 10, "cachedContentTokenCount": 4, "candidatesTokenCount": 3,
      "thoughtsTokenCount": 2, "toolUsePromptTokenCount": 5, "totalTokenCount": 20, "serviceTier": "flex"},
    "modelVersion": "gemini-x", "responseId": "r-1", "createTime": "2025-10-10T15:55:50.511529Z"})");
  EXPECT_EQ(got.id, "r-1");
  EXPECT_EQ(got.created_s, 1'760'111'750);
  EXPECT_EQ(got.service_tier, "flex");
  EXPECT_EQ(got.usage, (cost::token_usage{.fresh_input = 11, .cached_input = 4, .output = 3, .reasoning = 2}));
  const choice& only = got.choices.at(0);
  EXPECT_EQ(only.reason, finish::tool_calls);
  EXPECT_EQ(only.parts.at(0), (part{reasoning_part{.text = "plan", .summary = true}}));
  EXPECT_EQ(only.parts.at(1),
            (part{text_part{.text = "hi",
                            .citations = {{.title = "A", .url = "https://a.example", .begin = 0, .end = 2},
                                          {.quote = "q", .begin = 0, .end = 2},
                                          {.url = "https://c.example"},
                                          {.url = "https://d.example", .begin = 1, .end = 2}},
                            .signature = "c2ln"}}));
  EXPECT_EQ(only.parts.at(2), (part{tool_call_part{.id = "call_r-1_0", .name = "f", .arguments = R"({"a":1})"}}));
}

TEST(gemini_answer, corrects_places_that_do_not_hold_their_words) {
  const answer got =
      must_read_answer(R"({"candidates": [{"content": {"parts": [{"text": "19\u00b0C here."}, {"text": "end"}]},
    "finishReason": 1, "groundingMetadata": {"groundingChunks": [{"web": {"uri": "u"}}], "groundingSupports": [
      {"segment": {"startIndex": 4, "endIndex": 9, "text": "here."}, "groundingChunkIndices": [0]},
      {"segment": {"partIndex": 1, "startIndex": 90, "endIndex": 99, "text": "lost"}, "groundingChunkIndices": [0]}]}}]})");
  const auto& first = std::get<text_part>(got.choices.at(0).parts.at(0)).citations;
  EXPECT_EQ(first, (std::vector<citation>{{.url = "u", .begin = 6, .end = 11}}));
  const auto& second = std::get<text_part>(got.choices.at(0).parts.at(1)).citations;
  EXPECT_EQ(second, (std::vector<citation>{{.url = "u"}}));
}

TEST(gemini_answer, finish_reasons) {
  const auto reason_of = [](std::string_view reason) {
    const answer got =
        must_read_answer(R"({"candidates": [{"content": {}, "finishReason": )" + std::string{reason} + "}]}");
    return got.choices.at(0).reason;
  };
  EXPECT_EQ(reason_of(R"("STOP")"), finish::stop);
  EXPECT_EQ(reason_of("2"), finish::length);
  EXPECT_EQ(reason_of(R"("MODEL_ARMOR")"), finish::content_filter);
  EXPECT_EQ(reason_of(R"("RECITATION")"), finish::content_filter);
  EXPECT_EQ(reason_of(R"("MALFORMED_FUNCTION_CALL")"), finish::failed);
  EXPECT_EQ(reason_of(R"("SOMETHING_NEW")"), finish::other);
  EXPECT_EQ(reason_of("99"), finish::other);
  EXPECT_EQ(reason_of("null"), finish::none);
}

TEST(gemini_answer, a_refused_prompt_is_filtered) {
  const answer got = must_read_answer(
      R"({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {"promptTokenCount": 7}})");
  EXPECT_EQ(got.choices, (std::vector<choice>{{.reason = finish::content_filter}}));
  EXPECT_EQ(got.usage->fresh_input, 7);
}

TEST(gemini_answer, what_is_none_is_the_upstreams_fault) {
  for (const std::string_view body :
       {"", "[]", "{}", R"({"candidates": []})", R"({"candidates": {}})", R"({"choices": []})",
        R"({"candidates": [{"content": {"parts": [{"text": 1}]}}]})", R"({"candidates": [{"index": 100000}]})",
        "<html>"}) {
    const auto got = codec{}.read_answer(body);
    ASSERT_FALSE(got.has_value()) << body;
    EXPECT_EQ(got.error().kind, error_kind::upstream_failed) << body;
    EXPECT_EQ(got.error().source, error_source::upstream);
  }
  EXPECT_EQ(codec{}.read_answer(R"({"error": {"code": 429, "message": "slow"}})").error().kind,
            error_kind::rate_limited);
}

TEST(gemini_answer, names_what_its_clients_cannot_be_told) {
  answer got;
  got.model = "claude";
  got.choices = {{.parts = {reasoning_part{.text = "hm", .signature = "x", .origin = protocol::anthropic},
                            refusal_part{.text = "no"},
                            opaque_part{.origin = protocol::anthropic, .type = "server_tool_use", .json = "{}"},
                            tool_call_part{.id = "1", .name = "f", .arguments = "{broken"}},
                  .reason = finish::stop_sequence,
                  .stop_sequence = "END"}};
  got.usage = cost::token_usage{.fresh_input = 1, .cache_write = 2};
  const written_answer written = codec{}.write_answer(got, {.model = "my-model"});
  EXPECT_EQ(written.losses, (std::vector<std::string>{"signature", "server_tool_use", "arguments", "stop_sequence",
                                                      "usage.cache_write"}));
  EXPECT_EQ(written.body, R"({"candidates":[{"content":{"parts":[{"text":"hm","thought":true},{"text":"no"},)"
                          R"({"functionCall":{"id":"1","name":"f","args":{"input":"{broken"}}}],"role":"model"},)"
                          R"("finishReason":"STOP","index":0}],)"
                          R"("usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":0,"totalTokenCount":3},)"
                          R"("modelVersion":"my-model"})");
}

} // namespace
} // namespace inferenceflow::codecs::gemini
