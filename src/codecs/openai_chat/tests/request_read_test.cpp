#include "codecs/openai_chat/tests/samples.h"

namespace inferenceflow::codecs::openai_chat {
namespace {

using dialogue::request;
using dialogue::role;

request read(std::string_view body) {
  const auto got = codec{}.read_request(body, {});
  EXPECT_TRUE(got.has_value()) << got.error().message;
  return got.has_value() ? *got : request{};
}

/// The field that a faulty request is told about.
std::string fault(std::string_view body) {
  const auto got = codec{}.read_request(body, {});
  return got.has_value() ? "none" : got.error().param;
}

std::string with(std::string_view members) {
  return R"({"model":"m","messages":[{"role":"user","content":"hi"}],)" + std::string{members} + "}";
}

dialogue::message read_message(std::string_view message) {
  return read(R"({"model":"m","messages":[)" + std::string{message} + "]}").messages.at(0);
}

TEST(request_read, faults_name_the_field) {
  EXPECT_EQ(fault(R"({"messages":[{"role":"user","content":"x"}]})"), "model");
  EXPECT_EQ(fault(R"({"model":"m"})"), "messages");
  EXPECT_EQ(fault(R"({"model":"m","messages":[]})"), "messages");
  EXPECT_EQ(fault(R"({"model":"m","messages":[{"role":"robot","content":"x"}]})"), "messages[0].role");
  EXPECT_EQ(fault(R"({"model":"m","messages":[{"role":"user"}]})"), "messages[0].content");
  EXPECT_EQ(fault(R"({"model":"m","messages":[{"role":"user","content":[{"text":"x"}]}]})"),
            "messages[0].content[0].type");
  EXPECT_EQ(fault(R"({"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{}}]}]})"),
            "messages[0].content[0].image_url.url");
  EXPECT_EQ(fault(R"({"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"a","function":{}}]}]})"),
            "messages[0].tool_calls[0].function.name");
  EXPECT_EQ(fault(R"({"model":"m","messages":[{"role":"tool","content":"x"}]})"), "messages[0].tool_call_id");
  EXPECT_EQ(fault(with(R"("n":0)")), "n");
  EXPECT_EQ(fault(with(R"("max_tokens":0)")), "max_tokens");
  EXPECT_EQ(fault(with(R"("temperature":"hot")")), "temperature");
  EXPECT_EQ(fault(with(R"("tools":[{"type":"function","function":{"parameters":{}}}])")), "tools[0].function.name");
  EXPECT_EQ(fault(with(R"("tool_choice":"maybe")")), "tool_choice");
  EXPECT_EQ(fault(with(R"("response_format":{"type":"json_schema","json_schema":{"name":"x"}})")),
            "response_format.json_schema.schema");
  EXPECT_EQ(fault("[]"), "");
  EXPECT_EQ(fault("{"), "");
}

TEST(request_read, a_jpeg_by_its_wrong_name_is_a_jpeg) {
  const request got = read(R"({"model":"m","messages":[{"role":"user","content":[
      {"type":"image_url","image_url":{"url":"data:image/jpg;base64,AAAA"}}]}]})");
  EXPECT_EQ(std::get<dialogue::media_part>(got.messages.at(0).parts.at(0)).media_type, "image/jpeg");
}

TEST(request_read, roles_and_content) {
  const request got = read(R"({"model":"m","messages":[{"role":"developer","content":"be brief"},
      {"role":"user","name":"ann","content":[{"type":"text","text":"what is","cache_control":{"type":"ephemeral",
        "ttl":"1h"}},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA","detail":"low"}},
        {"type":"image_url","image_url":"https://a.example/b.png"},
        {"type":"input_audio","input_audio":{"data":"BBBB","format":"mp3"}},
        {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,CCCC"}},
        {"type":"file","file":{"file_id":"file-1"}},
        {"type":"video_url","video_url":{"url":"https://a.example/v.mp4"}},
        {"type":"novel","x":1}]}]})");
  EXPECT_EQ(got.messages.at(0).who, role::system);
  const auto& parts = got.messages.at(1).parts;
  ASSERT_EQ(parts.size(), 8U);
  EXPECT_EQ(std::get<dialogue::text_part>(parts[0]).cache_mark, dialogue::cache_life::hour_1);
  const auto& image = std::get<dialogue::media_part>(parts[1]);
  EXPECT_EQ(image.media_type + "|" + image.data_base64 + "|" + image.detail, "image/png|AAAA|low");
  EXPECT_EQ(std::get<dialogue::media_part>(parts[2]).url, "https://a.example/b.png");
  EXPECT_EQ(std::get<dialogue::media_part>(parts[3]).media_type, "audio/mpeg");
  EXPECT_EQ(std::get<dialogue::media_part>(parts[4]).name, "a.pdf");
  EXPECT_EQ(std::get<dialogue::media_part>(parts[5]).file_id, "file-1");
  EXPECT_EQ(std::get<dialogue::media_part>(parts[6]).kind, dialogue::media_kind::video);
  EXPECT_EQ(std::get<dialogue::opaque_part>(parts[7]).json, R"({"type":"novel","x":1})");
}

TEST(request_read, an_assistants_turn_in_order) {
  const auto got = read_message(R"({"role":"assistant","content":"text","refusal":"no","reasoning_content":"hm",
      "tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}},
                    {"id":"b","type":"custom","custom":{"name":"g","input":"free"}}]})");
  ASSERT_EQ(got.parts.size(), 5U);
  EXPECT_EQ(got.parts[0], dialogue::part(dialogue::reasoning_part{.text = "hm"}));
  EXPECT_EQ(got.parts[2], dialogue::part(dialogue::refusal_part{.text = "no"}));
  EXPECT_EQ(std::get<dialogue::tool_call_part>(got.parts[3]).arguments, R"({"x":1})");
  EXPECT_TRUE(std::get<dialogue::tool_call_part>(got.parts[4]).custom);
}

TEST(request_read, signatures_that_a_client_sends_back) {
  const auto got = read_message(R"({"role":"assistant","content":"ok","reasoning_details":[
      {"type":"reasoning.text","text":"a","signature":"c2ln","format":"anthropic-claude-v1","index":0},
      {"type":"reasoning.encrypted","data":"cmVk","format":"anthropic-claude-v1","index":1},
      {"type":"reasoning.encrypted","data":"Z2Vt","id":"t1","format":"google-gemini-v1","index":2}],
      "tool_calls":[{"id":"t1","function":{"name":"f","arguments":"{}"}}]})");
  ASSERT_EQ(got.parts.size(), 4U);
  EXPECT_EQ(got.parts[0], dialogue::part(dialogue::reasoning_part{
                              .text = "a", .signature = "c2ln", .origin = dialogue::protocol::anthropic}));
  EXPECT_EQ(got.parts[1],
            dialogue::part(dialogue::reasoning_part{.redacted = "cmVk", .origin = dialogue::protocol::anthropic}));
  EXPECT_EQ(std::get<dialogue::tool_call_part>(got.parts[3]).signature, "Z2Vt");
}

TEST(request_read, functions_of_old) {
  const request got = read(R"({"model":"m","functions":[{"name":"f","parameters":{"type":"object"}}],
      "function_call":{"name":"f"},"messages":[{"role":"user","content":"x"},
      {"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},
      {"role":"function","name":"f","content":"42"}]})");
  EXPECT_EQ(got.tools.at(0).name, "f");
  EXPECT_EQ(got.choice.mode, dialogue::tool_mode::named);
  EXPECT_EQ(std::get<dialogue::tool_call_part>(got.messages.at(1).parts.at(0)).id, "call_0");
  const auto& answered = std::get<dialogue::tool_result_part>(got.messages.at(2).parts.at(0));
  EXPECT_EQ(answered.call_id + answered.name, "call_0f");
}

TEST(request_read, tools_and_choice) {
  const request got = read(with(R"("tools":[{"type":"function","function":{"name":"f","description":"d",
      "parameters":{"type":"object"},"strict":true}},{"type":"custom","custom":{"name":"g"}},{"type":"web_search"}],
      "tool_choice":{"type":"custom","custom":{"name":"g"}},"parallel_tool_calls":false)"));
  EXPECT_EQ(got.tools.at(0).parameters, R"({"type":"object"})");
  EXPECT_EQ(got.tools.at(1).name, "g");
  EXPECT_FALSE(got.tools.at(1).opaque.empty());
  EXPECT_EQ(got.tools.at(2).name, "web_search");
  EXPECT_EQ(got.choice.name, "g");
  EXPECT_EQ(got.choice.parallel, false);
  EXPECT_TRUE(read(with(R"("tool_choice":{"type":"allowed_tools"})")).extras.at(0).essential);
}

TEST(request_read, formats) {
  EXPECT_EQ(read(with(R"("response_format":{"type":"json_object"})")).format.kind, dialogue::format_kind::json);
  const auto schema = read(with(R"("response_format":{"type":"json_schema","json_schema":{"name":"n",
      "schema":{"type":"object"},"strict":false}})"))
                          .format;
  EXPECT_EQ(schema.schema, R"({"type":"object"})");
  EXPECT_EQ(schema.strict, false);
  EXPECT_EQ(read(with(R"("response_format":{"type":"json_object","schema":{}})")).format.schema, "{}");
  EXPECT_TRUE(read(with(R"("response_format":{"type":"regex","regex":"a+"})")).extras.at(0).essential);
}

TEST(request_read, limits_and_sampling) {
  const request got = read(with(R"("max_tokens":5,"max_completion_tokens":9,"stop":"END","n":2,"logprobs":true,
      "top_logprobs":3,"temperature":0.5,"top_p":1,"top_k":40,"min_p":0.1,"repetition_penalty":1.1,"seed":-3,
      "presence_penalty":0.25,"frequency_penalty":-1,"logit_bias":{"5":-100},"user":"u","service_tier":"flex",
      "prompt_cache_key":"k","verbosity":"low","web_search_options":{},"unknown_field":1)"));
  EXPECT_EQ(got.tokens_max, 9);
  EXPECT_EQ(got.stop, std::vector<std::string>{"END"});
  EXPECT_EQ(got.answers, 2);
  EXPECT_EQ(got.sample.top_k, 40);
  EXPECT_EQ(got.sample.seed, -3);
  EXPECT_EQ(got.sample.logit_bias, R"({"5":-100})");
  EXPECT_EQ(got.user + got.service_tier + got.cache_key, "uflexk");
  ASSERT_EQ(got.extras.size(), 3U);
  EXPECT_FALSE(got.extras[0].essential);
  EXPECT_TRUE(got.extras[2].essential) << got.extras[2].name;
  EXPECT_EQ(read(with(R"("max_tokens":-1)")).tokens_max, std::nullopt);
}

TEST(request_read, wishes_for_thinking) {
  EXPECT_EQ(read(with(R"("reasoning_effort":"xhigh")")).reasoning.level, dialogue::effort::extra_high);
  EXPECT_EQ(read(with(R"("reasoning_effort":"max")")).extras.at(0).json, R"("max")");
  const auto object = read(with(R"("reasoning":{"effort":"low","max_tokens":100,"exclude":true})")).reasoning;
  EXPECT_EQ(object.level, dialogue::effort::low);
  EXPECT_EQ(object.budget_tokens, 100);
  EXPECT_EQ(object.shown, false);
  EXPECT_EQ(read(with(R"("reasoning":{"enabled":true})")).reasoning.budget_tokens, -1);
  EXPECT_EQ(read(with(R"("thinking":{"type":"disabled"})")).reasoning.budget_tokens, 0);
  EXPECT_EQ(read(with(R"("thinking":{"type":"enabled","clear_thinking":false})")).extras.at(0).name,
            "thinking.clear_thinking");
}

TEST(request_read, streams) {
  EXPECT_FALSE(read(with(R"("stream":true)")).usage_in_stream);
  EXPECT_TRUE(read(with(R"("stream":true,"stream_options":{"include_usage":true})")).usage_in_stream);
  EXPECT_TRUE(read(with(R"("stream":false)")).usage_in_stream);
}

} // namespace
} // namespace inferenceflow::codecs::openai_chat
