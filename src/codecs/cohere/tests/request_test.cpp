#include "codecs/cohere/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferenceflow::codecs::cohere {
namespace {

using dialogue::media_kind;
using dialogue::media_part;
using dialogue::message;
using dialogue::protocol;
using dialogue::reasoning_part;
using dialogue::request;
using dialogue::role;
using dialogue::text_part;
using dialogue::tool_call_part;
using dialogue::tool_result_part;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

const codec k_cohere;

request simple() {
  request asked;
  asked.model = "command-a";
  asked.messages = {{.who = role::user, .parts = {text_part{.text = "Hi"}}}};
  return asked;
}

media_part document(std::string text) {
  return {.kind = media_kind::document, .media_type = "text/plain", .text = std::move(text), .cited = true};
}

/// All that both the protocol and the superset have.
request rich() {
  request asked;
  asked.model = "command-a";
  message first{.who = role::assistant};
  first.parts = {reasoning_part{.text = "hm"},
                 text_part{.text = "Über: yes",
                           .citations = {{.quote = "yes",
                                          .title = "T",
                                          .url = "https://x.example",
                                          .source_id = "d",
                                          .begin = 7,
                                          .end = 10,
                                          .opaque = R"({"type":"document","id":"d","document":)"
                                                    R"({"title":"T","url":"https://x.example"}})"}}},
                 reasoning_part{.text = "I will look.", .id = "tool_plan"},
                 tool_call_part{.id = "c1", .name = "look", .arguments = R"({"at":"sky"})"},
                 tool_call_part{.id = "c2", .name = "now", .arguments = "{}"}};
  media_part titled = document("Snow falls.");
  titled.name = "Weather";
  titled.context = "news";
  media_part named{.kind = media_kind::document,
                   .media_type = "application/json",
                   .text = R"({"data":{"a":1},"id":"doc-a"})",
                   .cited = true};
  asked.messages = {
      {.who = role::system, .parts = {text_part{.text = "Be \"brief\".\n"}}},
      {.who = role::user,
       .parts = {text_part{.text = "See"}, media_part{.url = "https://x.example/a.png", .detail = "low"},
                 media_part{.media_type = "image/png", .data_base64 = "AAAA"}}},
      first,
      {.who = role::tool, .parts = {tool_result_part{.call_id = "c1", .content = {text_part{.text = "blue"}}}}},
      {.who = role::tool, .parts = {tool_result_part{.call_id = "c2", .json = R"({"hour":4,"zone":"UTC"})"}}},
      {.who = role::tool,
       .parts = {tool_result_part{.call_id = "c3", .content = {text_part{.text = "no such city"}}, .failed = true}}},
      {.who = role::user, .parts = {titled, named, text_part{.text = "And now?"}}},
  };
  std::get<media_part>(asked.messages.back().parts[0]).cited = true;
  asked.tools = {{.name = "look", .description = "Looks", .parameters = R"({"type":"object"})", .strict = true},
                 {.name = "now", .strict = true}};
  asked.choice.mode = dialogue::tool_mode::required;
  asked.stop = {"END", "\n\n"};
  asked.sample = {
      .temperature = 0.3, .top_p = 0.75, .top_k = 40, .presence_penalty = 0.5, .frequency_penalty = 0.25, .seed = -7};
  asked.tokens_max = 100;
  asked.logprobs = true;
  asked.stream = true;
  asked.reasoning.budget_tokens = 500;
  asked.extras = {{.name = "citation_options", .json = R"({"mode":"FAST"})"},
                  {.name = "priority", .json = "3"},
                  {.name = "safety_mode", .json = R"("STRICT")"}};
  return asked;
}

std::string refused_field(const request& asked) {
  const auto written = k_cohere.write_request(asked, "m");
  return written ? "" : written.error().param;
}

std::string faulty_field(std::string_view body) {
  const auto read = k_cohere.read_request(body, {});
  return read ? "" : read.error().param;
}

TEST(cohere_request, messages_that_say_nothing_are_left_out) {
  request asked = simple();
  asked.messages.push_back({.who = role::assistant, .parts = {text_part{}}});
  asked.messages.push_back({.who = role::user, .parts = {text_part{.text = "There?"}}});
  const auto written = k_cohere.write_request(asked, "command-a");
  ASSERT_TRUE(written.has_value());
  EXPECT_THAT(written->body, HasSubstr(R"([{"role":"user","content":"Hi"},{"role":"user","content":"There?"}])"));
}

TEST(cohere_request, a_format_beside_tools_or_documents_is_refused) {
  request asked = simple();
  asked.format = {
      .kind = dialogue::format_kind::json_schema, .name = "n", .schema = R"({"type":"object","minProperties":1})"};
  auto written = k_cohere.write_request(asked, "command-a");
  ASSERT_TRUE(written.has_value());
  EXPECT_THAT(written->losses, testing::ElementsAre("format.name"));
  const auto again = k_cohere.read_request(written->body, {});
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->format.schema, asked.format.schema);
  asked.tools = {{.name = "f"}};
  written = k_cohere.write_request(asked, "command-a");
  ASSERT_TRUE(written.has_error());
  EXPECT_EQ(written.error().param, "format");
  asked.tools.clear();
  asked.messages.front().parts.emplace_back(document("D"));
  written = k_cohere.write_request(asked, "command-a");
  ASSERT_TRUE(written.has_error());
  EXPECT_EQ(written.error().param, "format");
}

TEST(cohere_request, what_both_have_comes_back) {
  const auto written = k_cohere.write_request(rich(), "command-a");
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(written->path, "/v2/chat");
  EXPECT_THAT(written->losses, testing::IsEmpty());
  const auto read = k_cohere.read_request(written->body, {});
  ASSERT_TRUE(read) << read.error().message << written->body;
  EXPECT_EQ(read->messages, rich().messages) << written->body;
  EXPECT_EQ(*read, rich()) << written->body;
}

TEST(cohere_request, a_small_one_is_written_as_clients_write_it) {
  const auto written = k_cohere.write_request(simple(), "command-r");
  ASSERT_TRUE(written);
  EXPECT_EQ(written->body, R"({"model":"command-r","messages":[{"role":"user","content":"Hi"}],"stream":false})");
}

TEST(cohere_request, reads_both_spellings_of_content_and_schema) {
  const auto read = k_cohere.read_request(
      R"({"model":"m","messages":[{"role":"system","content":[{"type":"text","text":"S"}]},
          {"role":"user","content":"U"},{"role":"assistant","content":null,"tool_calls":[
          {"id":"c","type":"function","function":{"name":"f","arguments":""}}]},
          {"role":"tool","tool_call_id":"c","content":[{"type":"text","text":"a"},
          {"type":"document","document":{"data":"{\"x\":1}"}}]}],
          "response_format":{"type":"json_object","schema":{"type":"object"}},"thinking":{"type":"disabled"},
          "seed":null,"raw_prompting":true})",
      {});
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(std::get<text_part>(read->messages[0].parts[0]).text, "S");
  EXPECT_EQ(std::get<tool_call_part>(read->messages[2].parts[0]).arguments, "{}");
  const auto& result = std::get<tool_result_part>(read->messages[3].parts[0]);
  EXPECT_EQ(std::get<media_part>(result.content[1]).text, R"({"data":{"x":1}})");
  EXPECT_EQ(read->format.schema, R"({"type":"object"})");
  EXPECT_EQ(read->reasoning.budget_tokens, 0);
  ASSERT_EQ(read->extras.size(), 1U);
  EXPECT_EQ(read->extras[0].name, "raw_prompting");
}

TEST(cohere_request, documents_go_before_the_last_question) {
  const auto read = k_cohere.read_request(
      R"({"model":"m","messages":[{"role":"user","content":"A"},{"role":"assistant","content":"B"},
          {"role":"user","content":"C"}],"documents":["plain",{"data":{"title":"T","snippet":"S"}},
          {"id":"x","data":{"text":"t"}}],"citation_options":{"mode":"OFF"}})",
      {});
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->messages[0].parts.size(), 1U);
  const auto& parts = read->messages[2].parts;
  ASSERT_EQ(parts.size(), 4U);
  EXPECT_EQ(std::get<media_part>(parts[0]).text, "plain");
  EXPECT_EQ(std::get<media_part>(parts[1]).name, "T");
  EXPECT_EQ(std::get<media_part>(parts[2]).text, R"({"data":{"text":"t"},"id":"x"})");
  EXPECT_FALSE(std::get<media_part>(parts[2]).cited);
  EXPECT_TRUE(read->extras.empty());
  const auto written = k_cohere.write_request(*read, "m");
  ASSERT_TRUE(written);
  EXPECT_THAT(written->body, HasSubstr(R"("citation_options":{"mode":"OFF"})"));
  EXPECT_EQ(*k_cohere.read_request(written->body, {}), *read);
}

TEST(cohere_request, names_the_field_at_fault) {
  EXPECT_EQ(faulty_field("[]"), "");
  EXPECT_FALSE(k_cohere.read_request("[]", {}));
  EXPECT_FALSE(k_cohere.read_request("null", {}));
  EXPECT_FALSE(k_cohere.read_request("{", {}));
  EXPECT_EQ(faulty_field(R"({"messages":[]})"), "model");
  EXPECT_EQ(faulty_field(R"({"model":"m"})"), "messages");
  EXPECT_EQ(faulty_field(R"({"model":"m","messages":[{"role":"robot"}]})"), "messages[0].role");
  EXPECT_EQ(faulty_field(R"({"model":"m","messages":[{"role":"user","content":[{"text":"x"}]}]})"),
            "messages[0].content[0].type");
  EXPECT_EQ(faulty_field(R"({"model":"m","messages":[{"role":"user","content":7}]})"), "messages[0].content");
  EXPECT_EQ(faulty_field(R"({"model":"m","messages":[{"role":"tool","content":"x"}]})"), "messages[0].tool_call_id");
  EXPECT_EQ(
      faulty_field(
          R"({"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:x"}}]}]})"),
      "messages[0].content[0].image_url.url");
  EXPECT_EQ(faulty_field(R"({"model":"m","messages":[],"tool_choice":"any"})"), "tool_choice");
  EXPECT_EQ(faulty_field(R"({"model":"m","messages":[],"temperature":"hot"})"), "temperature");
  EXPECT_EQ(faulty_field(R"({"model":"m","messages":[],"response_format":{"type":"xml"}})"), "response_format.type");
  EXPECT_EQ(faulty_field(R"({"model":"m","messages":[],"thinking":{"type":"on"}})"), "thinking.type");
  EXPECT_EQ(faulty_field(R"({"model":"m","messages":[],"documents":["x"]})"), "documents");
  EXPECT_EQ(faulty_field(R"({"model":"m","messages":[],"tools":[{"type":"function"}]})"), "tools[0].function.name");
}

TEST(cohere_request, refuses_what_would_change_the_question) {
  const auto with = [](auto&& change) {
    request asked = simple();
    change(asked);
    return refused_field(asked);
  };
  const auto with_part = [&](dialogue::part part) {
    return with([&](request& r) { r.messages[0].parts.push_back(std::move(part)); });
  };
  EXPECT_EQ(with([](request& r) { r.answers = 2; }), "answers");
  EXPECT_EQ(with([](request& r) { r.top_logprobs = 3; }), "top_logprobs");
  EXPECT_EQ(with([](request& r) {
              r.tools = {{.name = "a"}, {.name = "b"}};
              r.choice = {.mode = dialogue::tool_mode::named, .name = "a"};
            }),
            "choice.name");
  EXPECT_EQ(with([](request& r) { r.tools = {{.name = "web", .opaque = "{}", .origin = protocol::anthropic}}; }),
            "tools[0]");
  EXPECT_EQ(with([](request& r) { r.tools = {{.name = "a", .parameters = "[1"}}; }), "tools[0].parameters");
  EXPECT_EQ(with([](request& r) { r.format = {.kind = dialogue::format_kind::json_schema, .schema = "x"}; }),
            "format.schema");
  EXPECT_EQ(with([](request& r) { r.extras = {{.name = "modalities", .json = "[]", .essential = true}}; }),
            "modalities");
  EXPECT_EQ(with_part(media_part{.kind = media_kind::audio, .data_base64 = "AA"}), "messages[0].parts[1]");
  EXPECT_EQ(with_part(media_part{.kind = media_kind::document, .data_base64 = "AA"}), "messages[0].parts[1]");
  EXPECT_EQ(with_part(media_part{.file_id = "f"}), "messages[0].parts[1]");
  EXPECT_EQ(with_part(dialogue::opaque_part{.origin = protocol::anthropic, .json = "{}"}), "messages[0].parts[1]");
  EXPECT_EQ(with_part(tool_call_part{.id = "c", .name = "f"}), "messages[0].parts[1]");
  EXPECT_EQ(with([](request& r) {
              r.messages.push_back({.who = role::assistant, .parts = {tool_call_part{.name = "f", .arguments = "{x"}}});
            }),
            "messages[1].parts[0].arguments");
  EXPECT_EQ(with([](request& r) {
              r.messages.push_back(
                  {.who = role::tool, .parts = {tool_result_part{.content = {media_part{.data_base64 = "AA"}}}}});
            }),
            "messages[1].parts[0].content[0]");
}

TEST(cohere_request, names_what_it_drops) {
  request asked = simple();
  asked.messages[0].name = "eve";
  asked.messages[0].parts = {text_part{.text = "x", .cache_mark = dialogue::cache_life::hour_1}};
  asked.messages.push_back({.who = role::assistant,
                            .parts = {reasoning_part{.text = "t", .signature = "s", .origin = protocol::anthropic},
                                      reasoning_part{.text = "u", .signature = "s"}, text_part{.text = "y"}}});
  asked.sample = {.top_p = 1.0, .min_p = 0.1, .presence_penalty = -1.0, .repetition_penalty = 1.1, .logit_bias = "{}"};
  asked.choice.parallel = false;
  asked.reasoning = {.level = dialogue::effort::high, .summary = "auto"};
  asked.user = "u";
  asked.service_tier = "flex";
  asked.cache_key = "k";
  asked.extras = {{.name = "store", .json = "true"}};
  asked.tools = {{.name = "a", .strict = true}, {.name = "b"}};
  const auto written = k_cohere.write_request(asked, "m");
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_THAT(written->losses, UnorderedElementsAre("messages[0].name", "messages[0].parts[0].cache_mark",
                                                    "messages[1].parts[0]", "messages[1].parts[1].signature", "top_p",
                                                    "min_p", "presence_penalty", "repetition_penalty", "logit_bias",
                                                    "choice.parallel", "reasoning.level", "reasoning.summary", "user",
                                                    "service_tier", "cache_key", "store", "tools[0].strict"));
  EXPECT_THAT(written->body, HasSubstr(R"("p":0.99,"presence_penalty":0)"));
  EXPECT_THAT(written->body, HasSubstr(R"("thinking":{"type":"enabled"})"));
  EXPECT_THAT(written->body, HasSubstr(R"([{"type":"thinking","thinking":"u"},{"type":"text","text":"y"}])"));
}

TEST(cohere_request, the_only_tool_can_be_forced_and_free_text_is_wrapped) {
  request asked = simple();
  asked.tools = {{.name = "a"}};
  asked.choice = {.mode = dialogue::tool_mode::named, .name = "a"};
  asked.messages.push_back(
      {.who = role::assistant, .parts = {tool_call_part{.id = "c", .name = "a", .arguments = "x\"y", .custom = true}}});
  asked.messages.push_back({.who = role::tool,
                            .parts = {tool_result_part{.call_id = "c", .failed = true},
                                      tool_result_part{.call_id = "d", .content = {document("t")}}}});
  const auto written = k_cohere.write_request(asked, "m");
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_THAT(written->body, HasSubstr(R"("tool_choice":"REQUIRED")"));
  EXPECT_THAT(written->body, HasSubstr(R"("arguments":"{\"input\":\"x\\\"y\"}")"));
  EXPECT_THAT(written->body, HasSubstr(R"("content":[{"type":"document","document":{"data":{"error":""}}}])"));
  EXPECT_THAT(written->body, HasSubstr(R"("content":[{"type":"document","document":{"data":{"text":"t"}}}])"));
}

} // namespace
} // namespace inferenceflow::codecs::cohere
