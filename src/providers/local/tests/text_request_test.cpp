#include "providers/local/body_fields.h"
#include "providers/local/text_request.h"

#include <gtest/gtest.h>
#include <string>
#include <variant>

namespace inferenceflow::providers::local {
namespace {

result<text_request> chat(const std::string& fields) {
  return parse_chat_request(
      parse_body(R"({"model":"m","messages":[{"role":"user","content":"hi"}])" + fields + "}").value());
}
result<text_request> chat_with(const std::string& messages) {
  return parse_chat_request(parse_body(R"({"model":"m","messages":)" + messages + "}").value());
}
result<text_request> completion(const std::string& fields) {
  return parse_completion_request(parse_body(R"({"model":"m")" + fields + "}").value());
}

void expect_refused(const result<text_request>& parsed, const std::string& param) {
  ASSERT_TRUE(parsed.has_error()) << param;
  EXPECT_EQ(parsed.error().kind, error_kind::invalid_request);
  EXPECT_EQ(parsed.error().param, param);
  EXPECT_NE(parsed.error().message.find(param), std::string::npos) << parsed.error().message;
}

const std::vector<engine::chat_message>& messages_of(const result<text_request>& parsed) {
  return std::get<std::vector<engine::chat_message>>(parsed.value().generations.at(0).prompt);
}

TEST(chat_request, defaults) {
  const auto parsed = chat("");
  ASSERT_TRUE(parsed.has_value());
  const auto& generation = parsed.value().generations.at(0);
  EXPECT_EQ(generation.sampling.temperature, 1.0F);
  EXPECT_EQ(generation.choices, 1U);
  EXPECT_FALSE(generation.tokens_max.has_value());
  EXPECT_FALSE(generation.sampling.seed.has_value());
  EXPECT_FALSE(parsed.value().stream);
}

TEST(chat_request, every_field_is_read) {
  const auto parsed =
      chat(R"(,"temperature":0.5,"top_p":0.9,"top_k":40,"min_p":0.05,"presence_penalty":-1,"frequency_penalty":2,
    "seed":42,"logit_bias":{"17":-100,"5":3.5},"stop":["a","b"],"max_tokens":7,"n":2,"logprobs":true,"top_logprobs":20,
    "stream":true,"stream_options":{"include_usage":true})");
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
  const auto& g = parsed.value().generations.at(0);
  EXPECT_EQ(g.sampling.top_k, 40);
  EXPECT_FLOAT_EQ(g.sampling.min_p, 0.05F);
  EXPECT_EQ(g.sampling.seed, 42U);
  EXPECT_EQ(g.sampling.logit_bias.size(), 2U);
  EXPECT_EQ(g.stop, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(g.tokens_max, 7U);
  EXPECT_EQ(g.choices, 2U);
  EXPECT_TRUE(g.logprobs);
  EXPECT_EQ(g.top_logprobs, 20U);
  EXPECT_TRUE(parsed.value().stream && parsed.value().include_usage && parsed.value().logprobs);
}

TEST(chat_request, nulls_and_unknown_fields_are_as_if_absent) {
  EXPECT_TRUE(chat(R"(,"temperature":null,"stop":null,"tools":null,"response_format":null,"stream":null,"n":null)")
                  .has_value());
  EXPECT_TRUE(
      chat(R"(,"user":"u","metadata":{"a":"b"},"store":true,"service_tier":"auto","something_new":[1])").has_value());
  EXPECT_TRUE(chat(R"(,"tools":[],"parallel_tool_calls":true)").has_value());
}

TEST(chat_request, max_completion_tokens_comes_first) {
  EXPECT_EQ(chat(R"(,"max_tokens":5,"max_completion_tokens":9)").value().generations[0].tokens_max, 9U);
}

TEST(chat_request, wrong_values_name_their_field) {
  expect_refused(chat(R"(,"temperature":2.1)"), "temperature");
  expect_refused(chat(R"(,"temperature":"hot")"), "temperature");
  expect_refused(chat(R"(,"temperature":-0.1)"), "temperature");
  expect_refused(chat(R"(,"top_p":1.5)"), "top_p");
  expect_refused(chat(R"(,"min_p":-1)"), "min_p");
  expect_refused(chat(R"(,"presence_penalty":2.5)"), "presence_penalty");
  expect_refused(chat(R"(,"frequency_penalty":true)"), "frequency_penalty");
  expect_refused(chat(R"(,"seed":1.5)"), "seed");
  expect_refused(chat(R"(,"seed":1e30)"), "seed");
  expect_refused(chat(R"(,"n":0)"), "n");
  expect_refused(chat(R"(,"n":"2")"), "n");
  expect_refused(chat(R"(,"max_tokens":0)"), "max_tokens");
  expect_refused(chat(R"(,"max_completion_tokens":-4)"), "max_completion_tokens");
  expect_refused(chat(R"(,"logprobs":1)"), "logprobs");
  expect_refused(chat(R"(,"logprobs":true,"top_logprobs":21)"), "top_logprobs");
  expect_refused(chat(R"(,"top_logprobs":2)"), "top_logprobs");
  expect_refused(chat(R"(,"stop":["a","b","c","d","e"])"), "stop");
  expect_refused(chat(R"(,"stop":"")"), "stop");
  expect_refused(chat(R"(,"stop":[1])"), "stop");
  expect_refused(chat(R"(,"stop":{})"), "stop");
  expect_refused(chat(R"(,"logit_bias":[])"), "logit_bias");
  expect_refused(chat(R"(,"logit_bias":{"x":1})"), "logit_bias");
  expect_refused(chat(R"(,"logit_bias":{"1":101})"), "logit_bias");
  expect_refused(chat(R"(,"logit_bias":{"1":"1"})"), "logit_bias");
  expect_refused(chat(R"(,"stream":"yes")"), "stream");
  expect_refused(chat(R"(,"stream_options":{})"), "stream_options");
  expect_refused(chat(R"(,"stream":true,"stream_options":{"include_usage":1})"), "stream_options.include_usage");
}

TEST(chat_request, what_the_model_cannot_do_is_refused_by_name) {
  expect_refused(chat(R"(,"tools":[{"type":"function","function":{"name":"f"}}])"), "tools");
  expect_refused(chat(R"(,"functions":[{"name":"f"}])"), "functions");
  expect_refused(chat(R"(,"audio":{"voice":"x"})"), "audio");
  EXPECT_TRUE(chat(R"(,"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"none")").has_value());
}

TEST(chat_request, messages) {
  const auto parsed = chat_with(R"([{"role":"developer","content":"be brief"},
    {"role":"user","content":[{"type":"text","text":"one "},{"type":"text","text":"two"}]},{"role":"assistant","content":"ok"}])");
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
  ASSERT_EQ(messages_of(parsed).size(), 3U);
  EXPECT_EQ(messages_of(parsed)[0].role, "system");
  EXPECT_EQ(messages_of(parsed)[1].content, "one two");
}

TEST(chat_request, bad_messages_name_their_place) {
  expect_refused(chat_with("[]"), "messages");
  expect_refused(chat_with(R"("hi")"), "messages");
  expect_refused(chat_with("[1]"), "messages[0]");
  expect_refused(chat_with(R"([{"content":"x"}])"), "messages[0].role");
  expect_refused(chat_with(R"([{"role":"robot","content":"x"}])"), "messages[0].role");
  expect_refused(chat_with(R"([{"role":"tool","content":"x"}])"), "messages[0].role");
  expect_refused(chat_with(R"([{"role":"user"}])"), "messages[0].content");
  expect_refused(chat_with(R"([{"role":"user","content":[]}])"), "messages[0].content");
  expect_refused(chat_with(R"([{"role":"user","content":[{"type":"text"}]}])"), "messages[0].content[0].text");
  expect_refused(
      chat_with(
          R"([{"role":"user","content":"a"},{"role":"user","content":[{"type":"image_url","image_url":{"url":"u"}}]}])"),
      "messages[1].content[0].type");
  expect_refused(chat_with(R"([{"role":"assistant","content":"x","tool_calls":[{"id":"1"}]}])"),
                 "messages[0].tool_calls");
}

TEST(chat_request, response_formats) {
  EXPECT_EQ(chat(R"(,"response_format":{"type":"text"})").value().generations[0].json_schema, "");
  EXPECT_EQ(chat(R"(,"response_format":{"type":"json_object"})").value().generations[0].json_schema,
            R"({"type":"object"})");
  EXPECT_EQ(chat(R"(,"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"string"}}})")
                .value()
                .generations[0]
                .json_schema,
            R"({"type":"string"})");
  expect_refused(chat(R"(,"response_format":"json")"), "response_format");
  expect_refused(chat(R"(,"response_format":{"type":"xml"})"), "response_format.type");
  expect_refused(chat(R"(,"response_format":{"type":"json_schema"})"), "response_format.json_schema.schema");
  expect_refused(chat(R"(,"response_format":{"type":"json_schema","json_schema":{"schema":1}})"),
                 "response_format.json_schema.schema");
}

TEST(completion_request, prompts) {
  EXPECT_EQ(std::get<std::string>(completion(R"(,"prompt":"x")").value().generations.at(0).prompt), "x");
  EXPECT_EQ(completion(R"(,"prompt":["x","y"])").value().generations.size(), 2U);
  EXPECT_EQ(std::get<std::vector<engine::token_id>>(completion(R"(,"prompt":[1,2,3])").value().generations.at(0).prompt)
                .size(),
            3U);
  EXPECT_EQ(completion(R"(,"prompt":[[1,2],[3]])").value().generations.size(), 2U);
  EXPECT_EQ(completion(R"(,"prompt":"x")").value().generations[0].tokens_max, k_completion_tokens_default);
  expect_refused(completion(""), "prompt");
  expect_refused(completion(R"(,"prompt":[])"), "prompt");
  expect_refused(completion(R"(,"prompt":{})"), "prompt");
  expect_refused(completion(R"(,"prompt":[true])"), "prompt");
  expect_refused(completion(R"(,"prompt":[1,-2])"), "prompt");
  expect_refused(completion(R"(,"prompt":[1,"x"])"), "prompt");
}

TEST(completion_request, unsupported_fields) {
  expect_refused(completion(R"(,"prompt":"x","echo":true)"), "echo");
  expect_refused(completion(R"(,"prompt":"x","suffix":"y")"), "suffix");
  expect_refused(completion(R"(,"prompt":"x","best_of":3)"), "best_of");
  expect_refused(completion(R"(,"prompt":"x","logprobs":6)"), "logprobs");
  EXPECT_TRUE(completion(R"(,"prompt":"x","echo":false,"suffix":null,"best_of":1)").has_value());
}

TEST(request_body, must_be_an_object) {
  for (const auto* body : {"", "{", "[]", "1", "{\"a\":1}x"}) {
    const auto parsed = parse_body(body);
    ASSERT_TRUE(parsed.has_error()) << body;
    EXPECT_EQ(parsed.error().kind, error_kind::invalid_request);
  }
  EXPECT_TRUE(parse_body(std::string(100, '[') + std::string(100, ']')).has_error()) << "nesting is bounded";
}

} // namespace
} // namespace inferenceflow::providers::local
