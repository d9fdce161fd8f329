#include "codecs/openai_responses/codec.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::codecs::openai_responses {
namespace {

using dialogue::protocol;
using dialogue::role;
using dialogue::text_part;
using testing::ElementsAre;
using testing::IsEmpty;

dialogue::request asking(std::vector<dialogue::part> parts, role who = role::user) {
  dialogue::request asked;
  asked.messages = {{.who = who, .parts = std::move(parts)}};
  return asked;
}

dialogue::written_request written(const dialogue::request& asked) {
  const auto got = codec{}.write_request(asked, "m");
  EXPECT_TRUE(got.has_value()) << (got ? "" : got.error().message);
  return got ? *got : dialogue::written_request{};
}

std::string refused(const dialogue::request& asked) {
  const auto got = codec{}.write_request(asked, "m");
  EXPECT_TRUE(got || got.error().kind == error_kind::invalid_request);
  return got ? "none" : got.error().param;
}

/// Reads `body`, writes it, reads that; both must be the same request.
void expect_kept(std::string_view body) {
  const auto first = codec{}.read_request(body, {});
  ASSERT_TRUE(first.has_value()) << first.error().message;
  const auto again = codec{}.write_request(*first, first->model);
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_THAT(again->losses, IsEmpty());
  const auto second = codec{}.read_request(again->body, {});
  ASSERT_TRUE(second.has_value()) << second.error().message;
  EXPECT_EQ(*first, *second) << again->body;
}

TEST(openai_responses_request_write, writes_a_plain_question) {
  dialogue::request asked;
  asked.model = "theirs";
  asked.messages = {{.who = role::system, .parts = {text_part{.text = "Be brief."}}},
                    {.who = role::user, .parts = {text_part{.text = "Hi \"you\""}}}};
  asked.tokens_max = 64;
  asked.sample.temperature = 0.1;
  asked.stream = true;
  const auto got = written(asked);
  EXPECT_EQ(got.path, "/v1/responses");
  EXPECT_EQ(got.body, R"({"model":"m","instructions":"Be brief.","input":[{"type":"message","role":"user",)"
                      R"("content":"Hi \"you\""}],"temperature":0.1,"max_output_tokens":64,"stream":true,)"
                      R"("store":false})");
  EXPECT_THAT(got.losses, IsEmpty());
}

TEST(openai_responses_request_write, keeps_what_it_reads) {
  expect_kept(R"({"model":"m","instructions":"I","input":[{"role":"system","content":"S"},
      {"role":"user","content":[{"type":"input_text","text":"a","prompt_cache_breakpoint":{"mode":"explicit"}},
        {"type":"input_image","image_url":"data:image/png;base64,AAAA","detail":"high"},
        {"type":"input_image","file_id":"f"},{"type":"input_file","file_url":"https://example.org/x.pdf"},
        {"type":"input_file","file_data":"data:application/pdf;base64,JVBE","filename":"x.pdf"},
        {"type":"input_audio","input_audio":{"data":"SUQz","format":"wav"}}]},
      {"role":"user","content":[]},{"role":"user","content":""}],
      "prompt_cache_options":{"mode":"explicit"},"metadata":{"k":"v"},"store":true})");
  expect_kept(R"({"model":"m","input":[{"role":"user","content":"x"},
      {"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"hm"}]},
      {"type":"reasoning","id":"rs_2","summary":[],"encrypted_content":"c2Vj"},
      {"role":"assistant","content":[{"type":"output_text","text":"né link","annotations":[
        {"type":"url_citation","start_index":3,"end_index":7,"url":"https://example.org","title":"T"}]},
        {"type":"refusal","refusal":"No."}]},
      {"type":"web_search_call","id":"ws","status":"completed","action":{"type":"search","query":"q"}},
      {"type":"custom_tool_call","call_id":"c","name":"g","input":"in"},
      {"type":"function_call","call_id":"d","name":"f","arguments":""},
      {"type":"custom_tool_call_output","call_id":"c","output":"out"},
      {"type":"function_call_output","call_id":"d","output":[{"type":"input_text","text":"a"},
        {"type":"input_file","file_data":"JVBE","filename":"n"}]},
      {"type":"function_call_output","call_id":"d","output":""}],
      "tools":[{"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":true},
        {"type":"custom","name":"g","format":{"type":"text"}},{"type":"mcp","server_label":"s"}],
      "tool_choice":{"type":"custom","name":"g"},"parallel_tool_calls":true})");
  expect_kept(R"({"model":"m","conversation":"conv_1","background":true,"include":["reasoning.encrypted_content",
      "message.output_text.logprobs"],"top_logprobs":2,"reasoning":{"effort":"max","summary":"auto","mode":"pro"},
      "text":{"format":{"type":"json_object"},"verbosity":"high"},"tool_choice":{"type":"mcp","server_label":"s"},
      "user":"u","safety_identifier":"s","service_tier":"auto","prompt_cache_key":"k","truncation":"auto"})");
  expect_kept(R"({"model":"m","input":"x","text":{"format":{"type":"json_schema","name":"n","description":"d",
      "schema":{"type":"object","properties":{"a":{"type":"string"}}},"strict":false}},"tool_choice":"required"})");
}

TEST(openai_responses_request_write, says_not_strict_where_nothing_is_said) {
  auto asked = asking({text_part{.text = "x"}});
  asked.tools = {{.name = "f", .parameters = R"({ "type": "object" })"}};
  EXPECT_NE(
      written(asked).body.find(R"([{"type":"function","name":"f","parameters":{"type":"object"},"strict":false}])"),
      std::string::npos);
  asked.tools[0].parameters = "{";
  EXPECT_EQ(refused(asked), "tools[0].parameters");
}

TEST(openai_responses_request_write, writes_results_of_every_form) {
  dialogue::request asked;
  asked.messages = {
      {.who = role::assistant, .parts = {dialogue::tool_call_part{.id = "c", .name = "f", .arguments = "{}"}}},
      {.who = role::tool,
       .parts = {
           dialogue::tool_result_part{.call_id = "c", .json = R"({"t":21})"},
           dialogue::tool_result_part{.call_id = "c", .content = {text_part{.text = "boom"}}, .failed = true},
           dialogue::tool_result_part{
               .call_id = "c", .content = {dialogue::media_part{.media_type = "image/png", .data_base64 = "AAAA"}}}}}};
  const auto got = written(asked);
  EXPECT_NE(got.body.find(R"("output":"{\"t\":21}")"), std::string::npos);
  EXPECT_NE(got.body.find(R"("output":"boom")"), std::string::npos);
  EXPECT_NE(got.body.find(R"("output":[{"type":"input_image","image_url":"data:image/png;base64,AAAA"}])"),
            std::string::npos);
  EXPECT_THAT(got.losses, ElementsAre("messages[1].parts[1].failed"));
}

TEST(openai_responses_request_write, drops_what_only_tunes_and_says_so) {
  dialogue::request asked;
  asked.messages = {
      {.who = role::user,
       .parts = {text_part{.text = "x", .cache_mark = dialogue::cache_life::minutes_5}},
       .name = "Ann"},
      {.who = role::assistant,
       .parts = {dialogue::reasoning_part{.text = "hm", .signature = "c2ln", .origin = protocol::anthropic},
                 dialogue::tool_call_part{.id = "c", .name = "f", .arguments = "{}", .signature = "dHM="}}}};
  asked.sample = {.min_p = 0.1, .top_k = 4, .presence_penalty = 1, .seed = 7, .logit_bias = "{}"};
  asked.tools = {{.name = "f", .cache_mark = dialogue::cache_life::hour_1}};
  asked.reasoning.budget_tokens = 8000;
  asked.extras = {{.name = "prediction", .json = "{}"}, {.name = "verbosity", .json = R"("low")"}};
  const auto got = written(asked);
  EXPECT_THAT(got.losses, ElementsAre("min_p", "top_k", "presence_penalty", "seed", "logit_bias", "tools[0].cache_mark",
                                      "messages[0].name", "messages[0].parts[0].cache_mark", "messages[1].parts[0]",
                                      "messages[1].parts[1].signature", "reasoning.budget_tokens", "prediction"));
  EXPECT_NE(got.body.find(R"("reasoning":{"effort":"medium"})"), std::string::npos);
  EXPECT_NE(got.body.find(R"("text":{"verbosity":"low"})"), std::string::npos);
}

TEST(openai_responses_request_write, asks_for_no_fewer_tokens_than_it_may) {
  dialogue::request asked = asking({text_part{.text = "x"}});
  asked.tokens_max = 5;
  EXPECT_THAT(written(asked).body, testing::HasSubstr(R"("max_output_tokens":16)"));
  EXPECT_THAT(written(asked).losses, ElementsAre("tokens_max"));
  asked.tokens_max = 17;
  EXPECT_THAT(written(asked).body, testing::HasSubstr(R"("max_output_tokens":17)"));
  EXPECT_THAT(written(asked).losses, IsEmpty());
}

TEST(openai_responses_request_write, refusals_begin_with_the_field) {
  dialogue::request asked = asking({text_part{.text = "x"}});
  asked.stop = {"END"};
  const auto got = codec{}.write_request(asked, "m");
  ASSERT_TRUE(got.has_error());
  EXPECT_EQ(got.error().message.substr(0, 5), "stop ");
}

TEST(openai_responses_request_write, refuses_what_would_change_the_question) {
  auto asked = asking({text_part{.text = "x"}});
  asked.answers = 2;
  EXPECT_EQ(refused(asked), "answers");
  asked.answers = 1;
  asked.stop = {"END"};
  EXPECT_EQ(refused(asked), "stop");
  asked.stop.clear();
  asked.extras = {{.name = "modalities", .json = R"(["audio"])", .essential = true}};
  EXPECT_EQ(refused(asked), "modalities");
  asked.extras.clear();
  asked.tools = {{.name = "bash", .opaque = R"({"type":"bash_20250124"})", .origin = protocol::anthropic}};
  EXPECT_EQ(refused(asked), "tools[0]");
  asked.tools.clear();
  asked.format = {.kind = dialogue::format_kind::json_schema, .schema = "nope"};
  EXPECT_EQ(refused(asked), "format.schema");

  using dialogue::media_kind;
  using dialogue::media_part;
  EXPECT_EQ(refused(asking({text_part{.text = "x"}, media_part{.kind = media_kind::video, .url = "u"}})),
            "messages[0].parts[1]");
  EXPECT_EQ(refused(asking({media_part{.kind = media_kind::audio, .media_type = "audio/flac", .data_base64 = "A"}})),
            "messages[0].parts[0]");
  EXPECT_EQ(refused(asking({media_part{.media_type = "image/png", .data_base64 = "AAAA"}}, role::assistant)),
            "messages[0].parts[0]");
  EXPECT_EQ(
      refused(asking({dialogue::opaque_part{.origin = protocol::anthropic, .type = "server_tool_use", .json = "{}"}})),
      "messages[0].parts[0]");
}

TEST(openai_responses_request_write, takes_documents_and_custom_tools_of_other_protocols) {
  auto asked = asking({dialogue::media_part{.kind = dialogue::media_kind::document, .text = "Hello"}});
  asked.tools = {{.name = "code",
                  .opaque = R"({"type":"custom","custom":{"name":"code","format":{"type":"grammar",
                      "grammar":{"syntax":"regex","definition":"a+"}}}})",
                  .origin = protocol::openai_chat}};
  asked.choice = {.mode = dialogue::tool_mode::named, .name = "code"};
  const auto got = written(asked);
  EXPECT_NE(got.body.find(R"("file_data":"data:text/plain;base64,SGVsbG8=","filename":"document.txt")"),
            std::string::npos);
  EXPECT_NE(got.body.find(R"([{"type":"custom","name":"code",)"
                          R"("format":{"type":"grammar","syntax":"regex","definition":"a+"}}])"),
            std::string::npos)
      << got.body;
  EXPECT_NE(got.body.find(R"("tool_choice":{"type":"custom","name":"code"})"), std::string::npos);
}

TEST(openai_responses_request_write, keeps_nothing_at_the_provider_unless_asked) {
  auto asked = asking({text_part{.text = "x"}});
  EXPECT_NE(written(asked).body.find(R"("store":false)"), std::string::npos);
  asked.extras = {{.name = "previous_response_id", .json = R"("r")", .essential = true}};
  EXPECT_EQ(written(asked).body.find("store"), std::string::npos);
}

} // namespace
} // namespace inferenceflow::codecs::openai_responses
