#include "codecs/anthropic/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::codecs::anthropic {
namespace {

using dialogue::effort;
using dialogue::protocol;
using dialogue::request;
using dialogue::role;
using dialogue::text_part;
using dialogue::tool_mode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

request greeting() {
  request asked;
  asked.messages = {{.who = role::user, .parts = {text_part{.text = "Hi"}}}};
  return asked;
}

dialogue::written_request write(const request& asked, std::string_view model = "claude-opus-4-8") {
  auto made = codec{}.write_request(asked, model);
  EXPECT_TRUE(made.has_value()) << (made.has_error() ? made.error().message : "");
  return made.has_value() ? *made : dialogue::written_request{};
}

std::string refused_field(const request& asked) {
  const auto made = codec{}.write_request(asked, "claude-opus-4-8");
  EXPECT_TRUE(made.has_error());
  if (made.has_error()) {
    EXPECT_EQ(made.error().kind, error_kind::invalid_request);
    return made.error().param;
  }
  return "none";
}

TEST(request_write, writes_the_least) {
  const auto made = write(greeting());
  EXPECT_EQ(made.path, "/v1/messages");
  EXPECT_THAT(made.headers, ElementsAre(Pair("anthropic-version", "2023-06-01")));
  EXPECT_EQ(made.body, R"({"model":"claude-opus-4-8","max_tokens":4096,"messages":[{"role":"user","content":"Hi"}]})");
  EXPECT_THAT(made.losses, IsEmpty());
}

TEST(request_write, drops_what_only_tunes) {
  request asked = greeting();
  asked.sample = {.temperature = 1.5,
                  .min_p = 0.1,
                  .presence_penalty = 1,
                  .frequency_penalty = 1,
                  .repetition_penalty = 1,
                  .seed = 7,
                  .logit_bias = "{}"};
  asked.cache_key = "k";
  asked.service_tier = "flex";
  asked.messages[0].name = "Ann";
  asked.extras = {{.name = "store", .json = "true"}};
  const auto made = write(asked);
  EXPECT_THAT(made.body, HasSubstr(R"("temperature":1)"));
  EXPECT_THAT(made.losses,
              ElementsAre("messages[0].name", "sample.temperature", "sample.min_p", "sample.presence_penalty",
                          "sample.frequency_penalty", "sample.repetition_penalty", "sample.seed", "sample.logit_bias",
                          "cache_key", "service_tier", "store"));
}

TEST(request_write, leaves_out_turns_that_say_nothing) {
  request asked = greeting();
  asked.messages.push_back({.who = role::assistant, .parts = {text_part{}}});
  asked.messages.push_back({.who = role::user, .parts = {text_part{.text = "Still there?"}}});
  const auto made = write(asked);
  EXPECT_THAT(made.body, HasSubstr(R"("messages":[{"role":"user","content":"Hi"},{"role":"user","content":"Still)"));
  EXPECT_THAT(made.losses, IsEmpty());
}

TEST(request_write, refuses_what_changes_the_question) {
  request asked = greeting();
  asked.answers = 2;
  EXPECT_EQ(refused_field(asked), "answers");
  asked = greeting();
  asked.logprobs = true;
  EXPECT_EQ(refused_field(asked), "logprobs");
  asked = greeting();
  asked.format.kind = dialogue::format_kind::json;
  EXPECT_EQ(refused_field(asked), "format");
  asked.format = {.kind = dialogue::format_kind::json_schema, .schema = "[]"};
  EXPECT_EQ(refused_field(asked), "format.schema");
  asked = greeting();
  asked.extras = {{.name = "audio", .json = "{}", .essential = true}};
  EXPECT_EQ(refused_field(asked), "audio");
  asked = greeting();
  asked.tools = {{.name = "search", .opaque = "{}", .origin = protocol::openai_responses}};
  EXPECT_EQ(refused_field(asked), "tools[0]");
  asked.tools = {{.name = "f", .parameters = "nonsense"}};
  EXPECT_EQ(refused_field(asked), "tools[0].parameters");
}

TEST(request_write, refuses_parts_that_it_cannot_say) {
  request asked = greeting();
  const auto with = [&](dialogue::part held) {
    asked.messages[0].parts = {text_part{.text = "see"}, std::move(held)};
    return refused_field(asked);
  };
  EXPECT_EQ(with(dialogue::media_part{.kind = dialogue::media_kind::audio, .data_base64 = "AAAA"}),
            "messages[0].parts[1]");
  EXPECT_EQ(with(dialogue::media_part{.file_id = "file-abc"}), "messages[0].parts[1]");
  EXPECT_EQ(with(dialogue::media_part{.data_base64 = "AAAA"}), "messages[0].parts[1]");
  EXPECT_EQ(with(dialogue::opaque_part{.origin = protocol::gemini, .type = "executableCode", .json = "{}"}),
            "messages[0].parts[1]");
  EXPECT_EQ(with(dialogue::tool_call_part{.id = "a", .name = "f", .arguments = "[1"}),
            "messages[0].parts[1].arguments");
}

TEST(request_write, joins_results_and_what_the_user_says_next) {
  request asked;
  asked.messages = {
      {.who = role::user, .parts = {text_part{.text = "Add"}}},
      {.who = role::assistant,
       .parts = {text_part{}, dialogue::tool_call_part{.id = "f.add:0", .name = "add", .arguments = R"({"a": 1.0})"}}},
      {.who = role::tool, .parts = {dialogue::tool_result_part{.call_id = "f.add:0", .json = R"({"sum":2})"}}},
      {.who = role::tool,
       .parts = {dialogue::tool_result_part{.call_id = "b", .content = {text_part{.text = "x"}}, .failed = true}}},
      {.who = role::user, .parts = {text_part{.text = "Go on"}}},
  };
  EXPECT_THAT(
      write(asked).body,
      HasSubstr(
          R"([{"role":"user","content":"Add"},{"role":"assistant","content":[)"
          R"({"type":"tool_use","id":"f_add_0","name":"add","input":{"a": 1.0}}]},{"role":"user","content":[)"
          R"({"type":"tool_result","tool_use_id":"f_add_0","content":"{\"sum\":2}"},)"
          R"({"type":"tool_result","tool_use_id":"b","content":"x","is_error":true},{"type":"text","text":"Go on"}]}])"));
}

TEST(request_write, leaves_out_what_others_thought) {
  request asked = greeting();
  asked.messages.push_back(
      {.who = role::assistant,
       .parts = {dialogue::reasoning_part{.text = "hm", .origin = protocol::gemini},
                 dialogue::reasoning_part{.text = "ah", .signature = "c2ln", .origin = protocol::anthropic},
                 text_part{.text = "Yes", .signature = "dHM="}}});
  asked.messages.push_back({.who = role::assistant, .parts = {dialogue::reasoning_part{.text = "unsigned"}}});
  const auto made = write(asked);
  EXPECT_THAT(made.body, HasSubstr(R"({"role":"assistant","content":[{"type":"thinking","thinking":"ah",)"
                                   R"("signature":"c2ln"},{"type":"text","text":"Yes"}]}])"));
  EXPECT_THAT(made.losses, ElementsAre("messages[1].parts[0]", "messages[1].parts[2].signature", "messages[2]"));
}

TEST(request_write, puts_system_messages_where_the_model_takes_them) {
  request asked;
  asked.messages = {
      {.who = role::system, .parts = {text_part{.text = "A"}}},
      {.who = role::system, .parts = {text_part{.text = "B", .cache_mark = dialogue::cache_life::minutes_5}}},
      {.who = role::user, .parts = {text_part{.text = "Hi"}}},
      {.who = role::system, .parts = {text_part{.text = "C"}}},
  };
  const std::string system = R"("system":[{"type":"text","text":"A"},)"
                             R"({"type":"text","text":"B","cache_control":{"type":"ephemeral"}}],)";
  const auto newer = write(asked);
  EXPECT_THAT(newer.body, HasSubstr(system + R"("messages":[{"role":"user","content":"Hi"},)"
                                             R"({"role":"system","content":"C"}])"));
  EXPECT_THAT(newer.losses, IsEmpty());
  const auto older = write(asked, "claude-sonnet-4-5");
  EXPECT_THAT(older.body, HasSubstr(R"({"role":"user","content":"C"}])"));
  EXPECT_THAT(older.losses, ElementsAre("messages[3].who"));
}

TEST(request_write, says_a_choice_only_where_it_means_something) {
  request asked = greeting();
  asked.choice = {.mode = tool_mode::automatic};
  EXPECT_THAT(write(asked).body, Not(HasSubstr("tool_choice")));
  asked.tools = {{.name = "f"}};
  EXPECT_THAT(write(asked).body, HasSubstr(R"("tools":[{"name":"f","input_schema":{"type":"object","properties":{}}}],)"
                                           R"("tool_choice":{"type":"auto"},"messages")"));
  asked.choice = {.parallel = false};
  EXPECT_THAT(write(asked).body, HasSubstr(R"("tool_choice":{"type":"auto","disable_parallel_tool_use":true})"));
  asked.choice = {.mode = tool_mode::named, .name = "f"};
  EXPECT_THAT(write(asked).body, HasSubstr(R"("tool_choice":{"type":"tool","name":"f"})"));
  asked.choice = {.mode = tool_mode::required, .parallel = true};
  EXPECT_THAT(write(asked).body, HasSubstr(R"("tool_choice":{"type":"any","disable_parallel_tool_use":false})"));
}

TEST(request_write, decodes_text_documents_and_knows_images_by_their_bytes) {
  request asked = greeting();
  asked.messages[0].parts = {
      dialogue::media_part{.kind = dialogue::media_kind::document, .media_type = "text/csv", .data_base64 = "YSxiCg=="},
      dialogue::media_part{.data_base64 = "iVBORw0KGgo=", .detail = "low"}};
  const auto made = write(asked);
  EXPECT_THAT(made.body, HasSubstr(R"("source":{"type":"text","media_type":"text/plain","data":"a,b\n"})"));
  EXPECT_THAT(made.body, HasSubstr(R"("media_type":"image/png")"));
  EXPECT_THAT(made.losses, ElementsAre("messages[0].parts[1].detail"));
}

TEST(request_write, asks_for_betas_that_are_used) {
  request asked = greeting();
  asked.messages[0].parts.emplace_back(
      dialogue::media_part{.kind = dialogue::media_kind::document, .file_id = "file_1"});
  asked.tools = {{.name = "computer",
                  .opaque = R"({"type":"computer_20251124","name":"computer"})",
                  .origin = protocol::anthropic}};
  asked.extras = {{.name = "mcp_servers", .json = "[]", .essential = true}};
  EXPECT_THAT(
      write(asked).headers,
      ElementsAre(Pair("anthropic-version", "2023-06-01"),
                  Pair("anthropic-beta", "computer-use-2025-11-24,files-api-2025-04-14,mcp-client-2025-11-20")));
}

/// The reasoning fields that a wish becomes.
std::string reasoning_of(const dialogue::reasoning_wish& wish, std::string_view model,
                         std::optional<std::int64_t> tokens_max = 10'000) {
  request asked = greeting();
  asked.reasoning = wish;
  asked.tokens_max = tokens_max;
  const std::string body = write(asked, model).body;
  const std::size_t at = std::min(body.find("\"thinking\""), body.find("\"output_config\""));
  return at == std::string::npos ? "" : body.substr(at, body.size() - at - 1);
}

TEST(request_write, puts_a_level_as_the_model_takes_it) {
  const dialogue::reasoning_wish high{.level = effort::high};
  EXPECT_EQ(reasoning_of(high, "claude-opus-4-8"), R"("output_config":{"effort":"high"})");
  EXPECT_EQ(reasoning_of(high, "house-model"), R"("output_config":{"effort":"high"})");
  EXPECT_EQ(reasoning_of(high, "claude-sonnet-4-5"), R"("thinking":{"type":"enabled","budget_tokens":8000})");
  EXPECT_EQ(reasoning_of(high, "claude-3-5-haiku-20241022"), "");
  EXPECT_EQ(reasoning_of({.level = effort::none}, "claude-opus-4-8"), R"("thinking":{"type":"disabled"})");
  EXPECT_EQ(reasoning_of({.level = effort::medium, .shown = true}, "claude-opus-4-8"),
            R"("thinking":{"type":"adaptive","display":"summarized"},"output_config":{"effort":"medium"})");
}

TEST(request_write, puts_a_budget_as_the_model_takes_it) {
  const dialogue::reasoning_wish some{.budget_tokens = 2000};
  EXPECT_EQ(reasoning_of(some, "claude-opus-4-6"), R"("thinking":{"type":"enabled","budget_tokens":2000})");
  EXPECT_EQ(reasoning_of(some, "claude-opus-4-8"), R"("thinking":{"type":"adaptive"})");
  EXPECT_EQ(reasoning_of({.budget_tokens = 10}, "claude-opus-4-5"),
            R"("thinking":{"type":"enabled","budget_tokens":1024})");
  EXPECT_EQ(reasoning_of({.budget_tokens = -1}, "claude-sonnet-4-5"),
            R"("thinking":{"type":"enabled","budget_tokens":5000})");
  EXPECT_EQ(reasoning_of({.budget_tokens = 0}, "claude-opus-4-6"), R"("thinking":{"type":"disabled"})");
}

TEST(request_write, makes_room_for_a_budget_when_no_limit_was_named) {
  request asked = greeting();
  asked.reasoning.budget_tokens = 5000;
  EXPECT_THAT(write(asked, "claude-opus-4-6").body, HasSubstr(R"("max_tokens":9096)"));
}

TEST(request_write, turns_no_thinking_on_beside_a_forced_tool) {
  request asked = greeting();
  asked.reasoning.level = effort::high;
  asked.tools = {{.name = "f"}};
  asked.choice.mode = tool_mode::required;
  const auto made = write(asked, "claude-sonnet-4-5");
  EXPECT_THAT(made.body, Not(HasSubstr("thinking")));
  EXPECT_THAT(made.losses, ElementsAre("reasoning.level"));
}

} // namespace
} // namespace inferenceflow::codecs::anthropic
