#include "codecs/openai_responses/codec.h"

#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::codecs::openai_responses {
namespace {

using dialogue::message;
using dialogue::role;
using dialogue::text_part;

dialogue::request read(std::string_view body) {
  const auto got = codec{}.read_request(body, {});
  EXPECT_TRUE(got.has_value()) << (got ? "" : got.error().message);
  return got ? *got : dialogue::request{};
}

/// The path of the fault in {"model":"m", …}.
std::string fault_of(std::string_view members) {
  const auto got = codec{}.read_request(std::string{R"({"model":"m",)"}.append(members).append("}"), {});
  return got ? "none" : got.error().param;
}

TEST(openai_responses_request_read, takes_a_plain_question) {
  const auto got = read(R"({"model":"gpt-5","instructions":"Be brief.","input":"Hi","stream":true,
      "max_output_tokens":64,"temperature":0.5,"top_p":0.9,"user":"u1","service_tier":"flex","prompt_cache_key":"k"})");
  EXPECT_EQ(got.model, "gpt-5");
  EXPECT_EQ(got.messages, (std::vector<message>{{.who = role::system, .parts = {text_part{.text = "Be brief."}}},
                                                {.who = role::user, .parts = {text_part{.text = "Hi"}}}}));
  EXPECT_TRUE(got.stream);
  EXPECT_EQ(got.tokens_max, 64);
  EXPECT_EQ(got.sample.temperature, 0.5);
  EXPECT_EQ(got.sample.top_p, 0.9);
  EXPECT_EQ(got.user, "u1");
  EXPECT_EQ(got.service_tier, "flex");
  EXPECT_EQ(got.cache_key, "k");
  EXPECT_TRUE(got.extras.empty());
}

TEST(openai_responses_request_read, makes_one_message_of_the_items_of_a_turn) {
  const auto got = read(R"({"model":"m","input":[
      {"role":"developer","content":"Rules."},
      {"role":"user","content":[{"type":"input_text","text":"Weather?"}]},
      {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"A"},{"type":"summary_text","text":"B"}],
       "encrypted_content":"c2VjcmV0"},
      {"type":"message","id":"msg_1","role":"assistant","status":"completed",
       "content":[{"type":"output_text","text":"Wait.","annotations":[]},{"type":"refusal","refusal":"No."}]},
      {"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":"{\"a\":1}"},
      {"type":"custom_tool_call","call_id":"c2","name":"g","input":"free text"},
      {"type":"function_call_output","call_id":"c1","output":"21"},
      {"type":"custom_tool_call_output","call_id":"c2","output":[{"type":"input_text","text":"ok"},
       {"type":"input_image","image_url":"data:image/png;base64,AAAA","detail":"low"}]}]})");
  ASSERT_EQ(got.messages.size(), 4U);
  EXPECT_EQ(got.messages[0].who, role::system);
  EXPECT_EQ(got.messages[2],
            (message{.who = role::assistant,
                     .parts = {dialogue::reasoning_part{.text = "A\n\nB",
                                                        .redacted = "c2VjcmV0",
                                                        .id = "rs_1",
                                                        .summary = true,
                                                        .origin = dialogue::protocol::openai_responses},
                               text_part{.text = "Wait."}, dialogue::refusal_part{.text = "No."},
                               dialogue::tool_call_part{.id = "c1", .name = "f", .arguments = R"({"a":1})"},
                               dialogue::tool_call_part{
                                   .id = "c2", .name = "g", .arguments = "free text", .custom = true}}}));
  EXPECT_EQ(got.messages[3],
            (message{.who = role::tool,
                     .parts = {dialogue::tool_result_part{.call_id = "c1", .content = {text_part{.text = "21"}}},
                               dialogue::tool_result_part{
                                   .call_id = "c2",
                                   .content = {text_part{.text = "ok"}, dialogue::media_part{.media_type = "image/png",
                                                                                             .data_base64 = "AAAA",
                                                                                             .detail = "low"}}}}}));
}

TEST(openai_responses_request_read, takes_media_in_every_form) {
  const auto got = read(R"({"model":"m","input":[{"role":"user","content":[
      {"type":"input_image","image_url":"https://example.org/a.png"},
      {"type":"input_image","file_id":"file-1"},
      {"type":"input_file","file_data":"data:application/pdf;base64,JVBE","filename":"a.pdf"},
      {"type":"input_file","file_url":"https://example.org/a.pdf"},
      {"type":"input_audio","input_audio":{"data":"SUQz","format":"mp3"}},
      {"type":"input_text","text":"?","prompt_cache_breakpoint":{"mode":"explicit","ttl":"12h"}}]}]})");
  using dialogue::media_kind;
  using dialogue::media_part;
  EXPECT_EQ(
      got.messages.at(0).parts,
      (std::vector<dialogue::part>{
          media_part{.url = "https://example.org/a.png"}, media_part{.file_id = "file-1"},
          media_part{
              .kind = media_kind::document, .media_type = "application/pdf", .data_base64 = "JVBE", .name = "a.pdf"},
          media_part{.kind = media_kind::document, .url = "https://example.org/a.pdf"},
          media_part{.kind = media_kind::audio, .media_type = "audio/mpeg", .data_base64 = "SUQz"},
          text_part{.text = "?", .cache_mark = dialogue::cache_life::hour_1}}));
}

TEST(openai_responses_request_read, keeps_what_only_this_protocol_knows_as_opaque) {
  const auto got = read(R"({"model":"m","input":[
      {"role":"user","content":"Search."},
      {"type":"web_search_call","id":"ws_1","status":"completed"},
      {"type":"function_call","call_id":"c","name":"f","namespace":"tools","arguments":"{}"},
      {"type":"mcp_approval_response","approval_request_id":"a","approve":true}],
      "tools":[{"type":"web_search"},{"type":"custom","name":"code"},
               {"type":"function","name":"f","parameters":null,"strict":false},
               {"type":"function","name":"late","defer_loading":true}]})");
  ASSERT_EQ(got.messages.size(), 3U);
  EXPECT_EQ(got.messages[1].parts.size(), 2U);
  EXPECT_EQ(std::get<dialogue::opaque_part>(got.messages[1].parts[0]).type, "web_search_call");
  EXPECT_EQ(std::get<dialogue::opaque_part>(got.messages[1].parts[1]).type, "function_call");
  EXPECT_EQ(got.messages[2].who, role::user);
  ASSERT_EQ(got.tools.size(), 4U);
  EXPECT_EQ(got.tools[0].name, "web_search");
  EXPECT_EQ(got.tools[0].opaque, R"({"type":"web_search"})");
  EXPECT_EQ(got.tools[1].name, "code");
  EXPECT_EQ(got.tools[1].origin, dialogue::protocol::openai_responses);
  EXPECT_EQ(got.tools[2], (dialogue::tool{.name = "f"}));
  EXPECT_FALSE(got.tools[3].opaque.empty());
}

TEST(openai_responses_request_read, takes_formats_choices_and_reasoning) {
  auto got = read(R"({"model":"m","input":"x","tool_choice":{"type":"function","name":"f"},"parallel_tool_calls":false,
      "text":{"format":{"type":"json_schema","name":"city","schema":{"type":"object"},"strict":true},"verbosity":"low"},
      "reasoning":{"effort":"xhigh","summary":"detailed","context":"all_turns"},
      "include":["message.output_text.logprobs","reasoning.encrypted_content"],"top_logprobs":3})");
  EXPECT_EQ(got.choice, (dialogue::tool_choice{.mode = dialogue::tool_mode::named, .name = "f", .parallel = false}));
  EXPECT_EQ(got.format, (dialogue::output_format{.kind = dialogue::format_kind::json_schema,
                                                 .name = "city",
                                                 .schema = R"({"type":"object"})",
                                                 .strict = true}));
  EXPECT_EQ(got.reasoning,
            (dialogue::reasoning_wish{.level = dialogue::effort::extra_high, .shown = true, .summary = "detailed"}));
  EXPECT_TRUE(got.logprobs);
  EXPECT_EQ(got.top_logprobs, 3);
  EXPECT_EQ(got.extras,
            (std::vector<dialogue::extra_field>{{.name = "text.verbosity", .json = R"("low")"},
                                                {.name = "reasoning.context", .json = R"("all_turns")"},
                                                {.name = "include", .json = R"(["reasoning.encrypted_content"])"}}));
  got = read(R"({"model":"m","input":"x","tool_choice":{"type":"allowed_tools","mode":"auto","tools":[]}})");
  EXPECT_EQ(got.choice.mode, dialogue::tool_mode::unsaid);
  EXPECT_EQ(got.extras.at(0).name, "tool_choice");
  EXPECT_TRUE(got.extras.at(0).essential);
}

TEST(openai_responses_request_read, says_which_extras_are_essential) {
  const auto got = read(R"({"model":"m","previous_response_id":"resp_1","background":true,"store":false,
      "metadata":{"a":"b"},"truncation":"auto","user":"u","safety_identifier":"s"})");
  std::vector<std::string> essential;
  std::vector<std::string> rest;
  for (const dialogue::extra_field& field : got.extras) {
    (field.essential ? essential : rest).push_back(field.name);
  }
  EXPECT_EQ(essential, (std::vector<std::string>{"previous_response_id", "background"}));
  EXPECT_EQ(rest, (std::vector<std::string>{"safety_identifier", "metadata", "truncation"}));
}

TEST(openai_responses_request_read, names_the_fault) {
  EXPECT_EQ(fault_of(R"("stream":true)"), "input");
  EXPECT_EQ(fault_of(R"("input":[{"role":"robot","content":"x"}])"), "input[0].role");
  EXPECT_EQ(fault_of(R"("input":[{"role":"user"}])"), "input[0].content");
  EXPECT_EQ(fault_of(R"("input":[{"role":"user","content":[{"type":"input_video"}]}])"), "input[0].content[0].type");
  EXPECT_EQ(fault_of(R"("input":[{"role":"user","content":[{"type":"input_image"}]}])"),
            "input[0].content[0].image_url");
  EXPECT_EQ(fault_of(R"("input":[{"role":"user","content":[{"type":"input_file"}]}])"), "input[0].content[0]");
  EXPECT_EQ(fault_of(R"("input":[{"type":"item_reference","id":"msg_1"}])"), "input[0].type");
  EXPECT_EQ(fault_of(R"("input":[{"id":"msg_1"}])"), "input[0].type");
  EXPECT_EQ(fault_of(R"("input":[{"type":"function_call","name":"f"}])"), "input[0].call_id");
  EXPECT_EQ(fault_of(R"("input":[{"type":"function_call_output","call_id":"c"}])"), "input[0].output");
  EXPECT_EQ(fault_of(R"("input":"x","tools":[{"type":"function"}])"), "tools[0].name");
  EXPECT_EQ(fault_of(R"("input":"x","tool_choice":"maybe")"), "tool_choice");
  EXPECT_EQ(fault_of(R"("input":"x","text":{"format":{"type":"json_schema","name":"n"}})"), "text.format.schema");
  EXPECT_EQ(fault_of(R"("input":"x","text":{"format":{"type":"xml"}})"), "text.format.type");
  EXPECT_EQ(fault_of(R"("input":"x","reasoning":{"effort":"huge"})"), "reasoning.effort");
  EXPECT_EQ(fault_of(R"("input":"x","max_output_tokens":0)"), "max_output_tokens");
  EXPECT_EQ(fault_of(R"("input":"x","top_logprobs":21)"), "top_logprobs");
  EXPECT_EQ(codec{}.read_request(R"({"input":"x"})", {}).error().param, "model");
  EXPECT_EQ(codec{}.read_request("[]", {}).error().kind, error_kind::invalid_request);
  EXPECT_EQ(codec{}.read_request("{", {}).error().kind, error_kind::invalid_request);
}

} // namespace
} // namespace inferenceflow::codecs::openai_responses
