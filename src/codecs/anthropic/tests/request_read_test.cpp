#include "codecs/anthropic/codec.h"
#include "codecs/anthropic/count_tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::codecs::anthropic {
namespace {

using dialogue::protocol;
using dialogue::role;
using testing::ElementsAre;

/// A body with these messages and whatever else is given.
std::string body_with(std::string_view messages, std::string_view rest = "") {
  return R"({"model":"claude-opus-4-8","max_tokens":64,"messages":)" + std::string{messages} + std::string{rest} + "}";
}

dialogue::request read(const std::string& body) {
  auto got = codec{}.read_request(body, {.path = "/v1/messages"});
  EXPECT_TRUE(got.has_value()) << (got.has_error() ? got.error().message : "");
  return got.has_value() ? *got : dialogue::request{};
}

std::string fault_of(const std::string& body) {
  const auto got = codec{}.read_request(body, {.path = "/v1/messages"});
  EXPECT_TRUE(got.has_error());
  return got.has_error() ? got.error().param : "none";
}

TEST(request_read, takes_the_plain_fields) {
  const auto got = read(body_with(R"([{"role":"user","content":"Hi"}])",
                                  R"(,"system":"Be brief.","temperature":0.5,"top_p":0.9,"top_k":5,"stream":true,
      "stop_sequences":["END"],"metadata":{"user_id":"u1"},"service_tier":"auto")"));
  EXPECT_EQ(got.model, "claude-opus-4-8");
  EXPECT_EQ(got.tokens_max, 64);
  EXPECT_EQ(got.sample.temperature, 0.5);
  EXPECT_EQ(got.sample.top_p, 0.9);
  EXPECT_EQ(got.sample.top_k, 5);
  EXPECT_TRUE(got.stream);
  EXPECT_THAT(got.stop, ElementsAre("END"));
  EXPECT_EQ(got.user, "u1");
  EXPECT_EQ(got.service_tier, "auto");
  const dialogue::message system{.who = role::system, .parts = {dialogue::text_part{.text = "Be brief."}}};
  const dialogue::message user{.who = role::user, .parts = {dialogue::text_part{.text = "Hi"}}};
  EXPECT_THAT(got.messages, ElementsAre(system, user));
  EXPECT_TRUE(got.extras.empty());
}

TEST(request_read, splits_tool_results_off_user_turns) {
  const auto got = read(body_with(R"([
    {"role":"assistant","content":[
      {"type":"tool_use","id":"t1","name":"add","input":{"a":1},"caller":{"type":"direct"}},
      {"type":"tool_use","id":"t2","name":"now","input":{}}]},
    {"role":"user","content":[
      {"type":"tool_result","tool_use_id":"t1","content":"2"},
      {"type":"tool_result","tool_use_id":"t2","is_error":true,"content":[
        {"type":"text","text":"late"},
        {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]},
      {"type":"text","text":"Go on"}]}])"));
  ASSERT_EQ(got.messages.size(), 3U);
  EXPECT_EQ(std::get<dialogue::tool_call_part>(got.messages[0].parts[0]),
            (dialogue::tool_call_part{.id = "t1", .name = "add", .arguments = R"({"a":1})"}));
  EXPECT_EQ(std::get<dialogue::tool_call_part>(got.messages[0].parts[1]).arguments, "{}");
  EXPECT_EQ(got.messages[1].who, role::tool);
  ASSERT_EQ(got.messages[1].parts.size(), 2U);
  const auto& second = std::get<dialogue::tool_result_part>(got.messages[1].parts[1]);
  EXPECT_TRUE(second.failed);
  EXPECT_EQ(second.call_id, "t2");
  ASSERT_EQ(second.content.size(), 2U);
  EXPECT_EQ(std::get<dialogue::media_part>(second.content[1]).data_base64, "AAAA");
  EXPECT_EQ(got.messages[2].who, role::user);
}

TEST(request_read, takes_documents_thoughts_and_citations) {
  const auto got = read(body_with(R"([
    {"role":"user","content":[
      {"type":"document","source":{"type":"text","media_type":"text/plain","data":"All is well."},"title":"T",
       "context":"C","citations":{"enabled":true},"cache_control":{"type":"ephemeral","ttl":"1h"}},
      {"type":"image","source":{"type":"url","url":"https://example.com/a.png"}},
      {"type":"document","source":{"type":"file","file_id":"file_1"}}]},
    {"role":"assistant","content":[
      {"type":"thinking","thinking":"hm","signature":"c2ln"},
      {"type":"redacted_thinking","data":"ZW5j"},
      {"type":"text","text":"Well.","citations":[{"type":"char_location","cited_text":"All","document_index":0,
        "document_title":"T","start_char_index":0,"end_char_index":3}]}]}])"));
  const dialogue::media_part document{.kind = dialogue::media_kind::document,
                                      .media_type = "text/plain",
                                      .text = "All is well.",
                                      .name = "T",
                                      .context = "C",
                                      .cited = true,
                                      .cache_mark = dialogue::cache_life::hour_1};
  EXPECT_EQ(std::get<dialogue::media_part>(got.messages[0].parts[0]), document);
  EXPECT_EQ(std::get<dialogue::media_part>(got.messages[0].parts[1]).url, "https://example.com/a.png");
  EXPECT_EQ(std::get<dialogue::media_part>(got.messages[0].parts[2]).file_id, "file_1");
  EXPECT_EQ(std::get<dialogue::reasoning_part>(got.messages[1].parts[0]),
            (dialogue::reasoning_part{.text = "hm", .signature = "c2ln", .origin = protocol::anthropic}));
  EXPECT_EQ(std::get<dialogue::reasoning_part>(got.messages[1].parts[1]).redacted, "ZW5j");
  const auto& words = std::get<dialogue::text_part>(got.messages[1].parts[2]);
  ASSERT_EQ(words.citations.size(), 1U);
  EXPECT_EQ(words.citations[0].quote, "All");
  EXPECT_EQ(words.citations[0].title, "T");
  EXPECT_EQ(words.citations[0].source_index, 0);
}

TEST(request_read, carries_whole_what_a_part_cannot_hold) {
  const auto got = read(body_with(R"([
    {"role":"assistant","content":[
      {"type":"server_tool_use","id":"s1","name":"web_search","input":{"query":"x"}},
      {"type":"tool_use","id":"t1","name":"f","input":{},"caller":{"type":"code_execution_20260120","tool_id":"s"}}]},
    {"role":"user","content":[
      {"type":"tool_result","tool_use_id":"t1","content":[{"type":"tool_reference","tool_name":"g"}]},
      {"type":"document","source":{"type":"content","content":"x"}},
      {"type":"text","text":"x","newer":1}]}])"));
  ASSERT_EQ(got.messages.size(), 2U);
  std::vector<std::string> types;
  for (const auto& said : got.messages) {
    for (const auto& held : said.parts) {
      types.push_back(std::get<dialogue::opaque_part>(held).type);
    }
  }
  EXPECT_THAT(types, ElementsAre("server_tool_use", "tool_use", "tool_result", "document", "text"));
}

TEST(request_read, takes_tools_and_choice) {
  const auto got = read(body_with(R"([{"role":"user","content":"Hi"}])", R"(,"tools":[
      {"name":"add","description":"adds","input_schema":{"type":"object"},"strict":true,
       "cache_control":{"type":"ephemeral"},"defer_loading":true},
      {"type":"web_search_20250305","name":"web_search","max_uses":2},
      {"type":"custom","name":"code_only","input_schema":{"type":"object"},
       "allowed_callers":["code_execution_20260120"]}],
      "tool_choice":{"type":"tool","name":"add","disable_parallel_tool_use":true})"));
  ASSERT_EQ(got.tools.size(), 3U);
  EXPECT_EQ(got.tools[0].parameters, R"({"type":"object"})");
  EXPECT_EQ(got.tools[0].strict, true);
  EXPECT_EQ(got.tools[0].cache_mark, dialogue::cache_life::minutes_5);
  EXPECT_EQ(got.tools[1].name, "web_search");
  EXPECT_EQ(got.tools[1].origin, protocol::anthropic);
  EXPECT_EQ(got.choice.mode, dialogue::tool_mode::named);
  EXPECT_EQ(got.choice.name, "add");
  EXPECT_EQ(got.choice.parallel, false);
  EXPECT_THAT(got.extras,
              ElementsAre(dialogue::extra_field{"tools[0].defer_loading", "true", false},
                          dialogue::extra_field{"tools[2].allowed_callers", R"(["code_execution_20260120"])", true}));
}

TEST(request_read, takes_thinking_effort_and_format) {
  const auto got = read(body_with(R"([{"role":"user","content":"Hi"}])",
                                  R"(,"thinking":{"type":"adaptive","display":"omitted"},
      "output_config":{"effort":"max","format":{"type":"json_schema","schema":{"type":"object"}},
      "task_budget":{"type":"tokens","total":20000}},"container":"c1","speed":"fast")"));
  EXPECT_EQ(got.reasoning.budget_tokens, -1);
  EXPECT_EQ(got.reasoning.shown, false);
  EXPECT_EQ(got.reasoning.level, dialogue::effort::extra_high);
  EXPECT_EQ(got.format.kind, dialogue::format_kind::json_schema);
  EXPECT_EQ(got.format.schema, R"({"type":"object"})");
  EXPECT_THAT(got.extras, ElementsAre(dialogue::extra_field{"output_config.effort", R"("max")", false},
                                      dialogue::extra_field{"output_config.task_budget",
                                                            R"({"type":"tokens","total":20000})", false},
                                      dialogue::extra_field{"container", R"("c1")", true},
                                      dialogue::extra_field{"speed", R"("fast")", false}));
}

TEST(request_read, takes_the_beta_name_of_the_format) {
  const auto got = read(body_with("[]", R"(,"output_format":{"type":"json_schema","schema":{}})"));
  EXPECT_EQ(got.format.kind, dialogue::format_kind::json_schema);
}

TEST(request_read, names_the_field_at_fault) {
  EXPECT_EQ(fault_of("[]"), "");
  EXPECT_EQ(fault_of(R"({"max_tokens":1,"messages":[]})"), "model");
  EXPECT_EQ(fault_of(R"({"model":"m","messages":[]})"), "max_tokens");
  EXPECT_EQ(fault_of(R"({"model":"m","max_tokens":-1,"messages":[]})"), "max_tokens");
  EXPECT_EQ(fault_of(R"({"model":"m","max_tokens":1})"), "messages");
  EXPECT_EQ(fault_of(body_with(R"([{"role":"robot","content":"x"}])")), "messages[0].role");
  EXPECT_EQ(fault_of(body_with(R"([{"role":"user"}])")), "messages[0].content");
  EXPECT_EQ(fault_of(body_with(R"([{"role":"user","content":[{"text":"x"}]}])")), "messages[0].content[0].type");
  EXPECT_EQ(fault_of(body_with(R"([{"role":"user","content":[{"type":"tool_use","id":"a","name":"b","input":{}}]}])")),
            "messages[0].content[0].type");
  EXPECT_EQ(fault_of(body_with(R"([{"role":"assistant","content":[{"type":"tool_result","tool_use_id":"a"}]}])")),
            "messages[0].content[0].type");
  EXPECT_EQ(fault_of(body_with(R"([{"role":"user","content":[{"type":"image"}]}])")), "messages[0].content[0].source");
  EXPECT_EQ(fault_of(body_with(R"([{"role":"user","content":[{"type":"image","source":"x"}]}])")),
            "messages[0].content[0].source");
  EXPECT_EQ(fault_of(body_with(R"([{"role":"user","content":[null]}])")), "messages[0].content[0].type");
  EXPECT_EQ(fault_of(body_with("[]", R"(,"tools":[{"name":"a"}])")), "tools[0].input_schema");
  EXPECT_EQ(fault_of(body_with("[]", R"(,"tool_choice":{"type":"maybe"})")), "tool_choice.type");
  EXPECT_EQ(fault_of(body_with("[]", R"(,"thinking":{"type":"enabled"})")), "thinking.budget_tokens");
  EXPECT_EQ(fault_of(body_with("[]", R"(,"output_config":{"effort":"heroic"})")), "output_config.effort");
  EXPECT_EQ(fault_of(body_with(R"([{"role":"user","content":[{"type":"text","text":"x",
      "cache_control":{"type":"ephemeral","ttl":"1d"}}]}])")),
            "messages[0].content[0].cache_control.ttl");
}

TEST(count_tokens, needs_no_max_tokens) {
  const std::string body = R"({"model":"m","messages":[{"role":"user","content":"Hi"}]})";
  EXPECT_TRUE(read_count_request(body).has_value());
  EXPECT_TRUE(codec{}.read_request(body, {.path = "/v1/messages/count_tokens"}).has_value());
  EXPECT_EQ(write_count_answer(12), R"({"input_tokens":12})");
}

} // namespace
} // namespace inferenceflow::codecs::anthropic
