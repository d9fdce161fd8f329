#include "codecs/openai_chat/tests/samples.h"

namespace inferenceflow::codecs::openai_chat {
namespace {

using dialogue::media_kind;
using dialogue::media_part;
using dialogue::protocol;
using dialogue::reasoning_part;
using dialogue::request;
using dialogue::role;
using dialogue::text_part;
using dialogue::tool_call_part;
using dialogue::tool_result_part;

using losses = std::vector<std::string>;

request asking() {
  return {.model = "m", .messages = {{.who = role::user, .parts = {text_part{.text = "hi"}}}}};
}

dialogue::written_request write(const request& asked, const dialect& of = {}) {
  auto written = codec{of}.write_request(asked, "backend");
  EXPECT_TRUE(written.has_value()) << written.error().message;
  return written.has_value() ? *std::move(written) : dialogue::written_request{};
}

std::string refusal(const request& asked, const dialect& of = {}) {
  const auto written = codec{of}.write_request(asked, "backend");
  return written.has_value() ? "none" : written.error().param;
}

std::string messages_of(const std::string& body) {
  const std::size_t begin = body.find(R"("messages":)") + 11;
  return body.substr(begin, body.rfind(']') - begin + 1);
}

/// A request with everything that both the superset and OpenRouter have.
request rich_request() {
  request asked = asking();
  asked.messages = {
      {.who = role::system, .parts = {text_part{.text = "be brief", .cache_mark = dialogue::cache_life::hour_1}}},
      {.who = role::user,
       .parts = {text_part{.text = "look"}, media_part{.media_type = "image/png", .data_base64 = "AAAA"},
                 media_part{.url = "https://a.example/b.png", .detail = "high"},
                 media_part{.kind = media_kind::audio, .media_type = "audio/mpeg", .data_base64 = "BB=="},
                 media_part{.kind = media_kind::document, .media_type = "application/pdf", .data_base64 = "CC=="},
                 media_part{.kind = media_kind::document, .file_id = "file-1", .name = "a.pdf"},
                 media_part{.kind = media_kind::video, .url = "https://a.example/v.mp4"}},
       .name = "ann"},
      {.who = role::assistant,
       .parts = {reasoning_part{.text = "hm", .signature = "c2ln", .origin = protocol::anthropic},
                 reasoning_part{.redacted = "cmVk", .id = "rs", .origin = protocol::openai_responses},
                 text_part{.text = "I call", .citations = {}, .signature = "dHM="},
                 tool_call_part{.id = "a", .name = "f", .arguments = R"({"x":1})", .signature = "c2k="},
                 tool_call_part{.id = "b", .name = "g", .arguments = "free", .custom = true}}},
      {.who = role::tool, .parts = {tool_result_part{.call_id = "a", .content = {text_part{.text = "1"}}}}},
      {.who = role::tool,
       .parts = {tool_result_part{
           .call_id = "b", .content = {text_part{.text = "see"}, media_part{.url = "https://a.example/c.png"}}}}},
      {.who = role::assistant, .parts = {text_part{.text = "so"}, dialogue::refusal_part{.text = "no"}}},
  };
  asked.tools = {
      {.name = "f",
       .description = "d",
       .parameters = R"({"type":"object"})",
       .strict = true,
       .cache_mark = dialogue::cache_life::minutes_5},
      {.name = "g", .opaque = R"({"type":"custom","custom":{"name":"g"}})", .origin = protocol::openai_chat}};
  asked.choice = {.mode = dialogue::tool_mode::named, .name = "g", .parallel = true};
  asked.format = {.kind = dialogue::format_kind::json_schema, .name = "n", .schema = "{}", .strict = true};
  asked.stop = {"A", "B"};
  asked.sample = {.temperature = 0.7,
                  .top_p = 0.5,
                  .min_p = 0.25,
                  .top_k = 3,
                  .presence_penalty = 1,
                  .frequency_penalty = -1.5,
                  .repetition_penalty = 1.25,
                  .seed = 42,
                  .logit_bias = R"({"1":2})"};
  asked.tokens_max = 77;
  asked.answers = 2;
  asked.logprobs = true;
  asked.top_logprobs = 4;
  asked.stream = true;
  asked.reasoning = {.level = dialogue::effort::minimal, .budget_tokens = 9, .shown = true};
  asked.user = "u";
  asked.service_tier = "flex";
  asked.cache_key = "k";
  asked.extras = {{.name = "modalities", .json = R"(["text"])", .essential = true},
                  {.name = "stream_options.include_obfuscation", .json = "false"}};
  return asked;
}

TEST(request_write, read_back_it_is_the_same) {
  const request asked = rich_request();
  const auto written = write(asked, dialect_of("openrouter"));
  EXPECT_EQ(written.losses, losses{});
  EXPECT_EQ(written.path, "/chat/completions");
  auto got = codec{}.read_request(written.body, {});
  ASSERT_TRUE(got.has_value()) << got.error().message;
  EXPECT_EQ(got->model, "backend");
  got->model = "m";
  EXPECT_EQ(*got, asked) << written.body << write(*got, dialect_of("openrouter")).body;
}

TEST(request_write, a_host_gets_no_field_that_it_refuses) {
  request asked = asking();
  asked.messages.front().name = "ann";
  asked.logprobs = true;
  asked.top_logprobs = 2;
  asked.sample.seed = 7;
  asked.sample.presence_penalty = 0.5;
  asked.sample.logit_bias = R"({"5":1})";
  asked.choice.parallel = false;
  asked.service_tier = "auto";
  asked.user = "u";
  asked.cache_key = "k";
  asked.stream = true;
  asked.usage_in_stream = true;

  const auto mistral = write(asked, dialect_of("mistral"));
  EXPECT_NE(mistral.body.find(R"("random_seed":7)"), std::string::npos) << mistral.body;
  for (const auto* field : {"stream_options", "logprobs", "logit_bias", "service_tier", "\"user\":", "\"name\"",
                            "prompt_cache_key", "\"seed\""}) {
    EXPECT_EQ(mistral.body.find(field), std::string::npos) << field << mistral.body;
  }
  EXPECT_EQ(mistral.losses, (std::vector<std::string>{"messages[0].name", "logprobs", "sample.logit_bias", "user",
                                                      "service_tier", "cache_key"}));
  EXPECT_EQ(write(asked, dialect_of("groq")).losses,
            (std::vector<std::string>{"messages[0].name", "logprobs", "sample.logit_bias"}));
  EXPECT_EQ(
      write(asked, dialect_of("cerebras")).losses,
      (std::vector<std::string>{"choice.parallel", "sample.presence_penalty", "sample.logit_bias", "service_tier"}));
  EXPECT_TRUE(write(asked, dialect_of("openai")).losses.empty());
  asked.answers = 2;
  EXPECT_EQ(refusal(asked, dialect_of("groq")), "answers");
}

TEST(request_write, every_dialect_reads_back_what_it_did_not_drop) {
  for (const std::string_view host : {"openai", "vllm", "llama-server", "ollama", "mistral", "deepseek", "together"}) {
    request asked = asking();
    asked.tokens_max = 5;
    asked.reasoning.level = dialogue::effort::high;
    const auto got = codec{}.read_request(write(asked, dialect_of(host)).body, {});
    ASSERT_TRUE(got.has_value()) << host;
    EXPECT_EQ(got->tokens_max, 5) << host;
    EXPECT_EQ(got->reasoning, asked.reasoning) << host;
  }
}

TEST(request_write, a_small_body) {
  request asked = asking();
  asked.tokens_max = 5;
  asked.sample.temperature = 1.0;
  EXPECT_EQ(write(asked).body, R"({"model":"backend","messages":[{"role":"user","content":"hi"}],)"
                               R"("max_completion_tokens":5,"temperature":1})");
  EXPECT_NE(write(asked, dialect_of("mistral")).body.find(R"("max_tokens":5)"), std::string::npos);
}

TEST(request_write, what_only_tunes_is_dropped_and_named) {
  request asked = asking();
  asked.sample.top_k = 3;
  asked.sample.min_p = 0.1;
  asked.sample.repetition_penalty = 1.5;
  asked.reasoning = {.budget_tokens = 9000, .shown = false, .summary = "auto"};
  asked.extras = {{.name = "container", .json = "1"}};
  asked.tools = {{.name = "f", .cache_mark = dialogue::cache_life::hour_1}};
  std::get<text_part>(asked.messages[0].parts[0]).cache_mark = dialogue::cache_life::minutes_5;
  asked.messages.push_back({.who = role::assistant,
                            .parts = {reasoning_part{.text = "hm", .signature = "c2ln", .origin = protocol::anthropic},
                                      text_part{.text = "a", .citations = {}, .signature = "dHM="},
                                      tool_call_part{.id = "c", .name = "f", .arguments = "{}", .signature = "c2k="}}});
  const auto written = write(asked);
  EXPECT_EQ(written.losses, (losses{"tools[0].cache_mark", "messages[0].parts[0].cache_mark", "messages[1].parts[0]",
                                    "messages[1].parts[1].signature", "messages[1].parts[2].signature", "sample.min_p",
                                    "sample.top_k", "sample.repetition_penalty", "reasoning.budget_tokens",
                                    "reasoning.shown", "reasoning.summary", "container"}));
  EXPECT_NE(written.body.find(R"("reasoning_effort":"medium")"), std::string::npos);
}

TEST(request_write, what_changes_the_question_is_refused) {
  request asked = asking();
  asked.messages[0].parts.emplace_back(
      dialogue::opaque_part{.origin = protocol::anthropic, .type = "container_upload", .json = "{}"});
  EXPECT_EQ(refusal(asked), "messages[0].parts[1]");
  asked = asking();
  asked.tools = {{.name = "web_search", .opaque = "{}", .origin = protocol::anthropic}};
  EXPECT_EQ(refusal(asked), "tools[0]");
  asked.tools = {{.name = "f", .parameters = "{"}};
  EXPECT_EQ(refusal(asked), "tools[0].parameters");
  asked = asking();
  asked.format = {.kind = dialogue::format_kind::json_schema, .schema = "nope"};
  EXPECT_EQ(refusal(asked), "format.schema");
  asked = asking();
  asked.extras = {{.name = "citation_options", .json = "1", .essential = true}};
  EXPECT_EQ(refusal(asked), "citation_options");
  asked = asking();
  asked.messages[0].parts.emplace_back(media_part{.kind = media_kind::video, .url = "u"});
  EXPECT_EQ(refusal(asked), "messages[0].parts[1]");
  EXPECT_EQ(refusal(asked, dialect_of("vllm")), "none");
  asked.messages[0].parts.back() = media_part{.kind = media_kind::audio, .url = "u"};
  EXPECT_EQ(refusal(asked), "messages[0].parts[1]");
  asked.messages[0].parts.back() = media_part{.kind = media_kind::image, .file_id = "f"};
  EXPECT_EQ(refusal(asked), "messages[0].parts[1]");
  asked.messages[0].parts.back() = tool_result_part{.call_id = "c"};
  EXPECT_EQ(refusal(asked), "messages[0].parts[1]");
}

TEST(request_write, results_of_tools) {
  request asked = asking();
  asked.messages = {
      {.who = role::tool,
       .parts = {tool_result_part{.call_id = "a", .json = R"({"x":1})"},
                 tool_result_part{.call_id = "b", .content = {text_part{.text = "no file"}}, .failed = true},
                 tool_result_part{.call_id = "c",
                                  .content = {media_part{.media_type = "image/png", .data_base64 = "AAAA"}}},
                 tool_result_part{.call_id = "d", .failed = true}}},
      {.who = role::user, .parts = {text_part{.text = "go on"}}}};
  EXPECT_EQ(messages_of(write(asked).body),
            R"([{"role":"tool","tool_call_id":"a","content":"{\"x\":1}"},)"
            R"({"role":"tool","tool_call_id":"b","content":"Error: no file"},)"
            R"({"role":"tool","tool_call_id":"c","content":""},{"role":"tool","tool_call_id":"d","content":"Error"},)"
            R"({"role":"user","content":[{"type":"text","text":"Returned by tool call c"},)"
            R"({"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]},)"
            R"({"role":"user","content":"go on"}])");
}

TEST(request_write, documents) {
  request asked = asking();
  asked.messages[0].parts = {
      media_part{.kind = media_kind::document, .text = "body", .name = "Title", .context = "about", .cited = true}};
  const auto written = write(asked);
  EXPECT_EQ(messages_of(written.body), R"([{"role":"user","content":[{"type":"text","text":"about"},)"
                                       R"({"type":"text","text":"Title\n\nbody"}]}])");
  EXPECT_EQ(written.losses, losses{"messages[0].parts[0].cited"});
}

TEST(request_write, thinking_goes_back_as_the_host_spells_it) {
  request asked = asking();
  asked.messages.push_back({.who = role::assistant, .parts = {reasoning_part{.text = "hm"}, text_part{.text = "a"}}});
  const auto history = [&](std::string_view host) { return messages_of(write(asked, dialect_of(host)).body); };
  EXPECT_EQ(history("openai"), R"([{"role":"user","content":"hi"},{"role":"assistant","content":"a"}])");
  EXPECT_NE(history("deepseek").find(R"("reasoning_content":"hm")"), std::string::npos);
  EXPECT_NE(history("openrouter").find(R"("reasoning":"hm")"), std::string::npos);
  EXPECT_NE(history("mistral").find(R"({"type":"thinking","thinking":[{"type":"text","text":"hm"}]})"),
            std::string::npos);
}

TEST(request_write, an_assistant_that_only_calls_has_null_content) {
  request asked = asking();
  asked.messages[0] = {.who = role::assistant, .parts = {tool_call_part{.id = "a", .name = "f", .arguments = "{}"}}};
  EXPECT_EQ(messages_of(write(asked).body),
            R"([{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":)"
            R"({"name":"f","arguments":"{}"}}]}])");
}

TEST(request_write, strings_are_escaped) {
  request asked = asking();
  std::get<text_part>(asked.messages[0].parts[0]).text = "a\"b\\c\n\x01\xff";
  const auto got = codec{}.read_request(write(asked).body, {});
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(std::get<text_part>(got->messages[0].parts[0]).text, "a\"b\\c\n\x01\xEF\xBF\xBD");
}

} // namespace
} // namespace inferenceflow::codecs::openai_chat
