#include "wire/openai/request_scan.h"

#include <gtest/gtest.h>
#include <set>
#include <string>

namespace inferenceflow::wire::openai {
namespace {

constexpr std::string_view k_chat = R"({"model":"m","messages":[{"role":"user","content":"hi"}]})";

request_facts scan_ok(std::string_view body, operation op = operation::chat, std::uint64_t seed = 0) {
  static request_scanner scanner; // reused on purpose: what one body leaves behind must not reach the next
  const auto scanned = scanner.scan(op, body, seed);
  EXPECT_TRUE(scanned.has_value()) << body << "\n" << (scanned ? "" : scanned.error().message);
  return scanned ? *scanned : request_facts{};
}

error scan_bad(std::string_view body, operation op = operation::chat) {
  static request_scanner scanner;
  const auto scanned = scanner.scan(op, body, 0);
  EXPECT_FALSE(scanned.has_value()) << body;
  if (scanned) {
    return make_error(error_kind::internal, "accepted");
  }
  EXPECT_EQ(scanned.error().kind, error_kind::invalid_request);
  EXPECT_FALSE(scanned.error().message.empty());
  return scanned.error();
}

std::pair<std::uint64_t, std::uint64_t> hash_of(std::string_view body, operation op = operation::chat,
                                                std::uint64_t seed = 0) {
  const request_facts facts = scan_ok(body, op, seed);
  return {facts.hash_high, facts.hash_low};
}

std::string chat_with(std::string_view fields) {
  return R"({"model":"m","messages":[{"role":"user","content":"hi"}],)" + std::string{fields} + "}";
}

TEST(request_scan, finds_the_facts_and_where_they_stand) {
  const std::string body = R"({ "model" : "gpt-x" , "messages":[{"role":"system","content":"ab"},
    {"role":"user","content":[{"type":"text","text":"cde"},{"type":"image_url","image_url":{"url":"data:"}}]}],
    "stream":true,"stream_options":{"include_usage": false},"temperature":0.0,"seed":-7,"max_tokens":5,
    "max_completion_tokens":9,"n":2,"user":"u1","service_tier":"flex","unknown":{"x":[1,2]}})";
  const request_facts facts = scan_ok(body);
  EXPECT_EQ(facts.model, "gpt-x");
  EXPECT_EQ(body.substr(facts.model_span.offset, facts.model_span.length), "\"gpt-x\"");
  EXPECT_TRUE(facts.stream);
  EXPECT_FALSE(facts.include_usage);
  EXPECT_EQ(body.substr(facts.stream_options_span.offset, facts.stream_options_span.length),
            R"({"include_usage": false})");
  EXPECT_EQ(body.substr(facts.include_usage_span.offset, facts.include_usage_span.length), "false");
  EXPECT_EQ(facts.temperature, 0.0);
  EXPECT_TRUE(facts.has_seed);
  EXPECT_EQ(facts.max_tokens, 9);
  EXPECT_EQ(facts.choices, 2);
  EXPECT_EQ(facts.user, "u1");
  EXPECT_EQ(facts.service_tier, "flex");
  EXPECT_EQ(facts.prompt_text_bytes, 5U);
  EXPECT_TRUE(facts.reproducible);
}

TEST(request_scan, defaults_are_those_of_an_absent_field) {
  for (const std::string_view body :
       {k_chat, std::string_view{R"({"model":"m","messages":[{"role":"user","content":null}],"stream":null,"n":null,
          "temperature":null,"seed":null,"max_tokens":null,"user":null,"stop":null,"stream_options":null,"tools":null})"}}) {
    const request_facts facts = scan_ok(body);
    EXPECT_FALSE(facts.stream);
    EXPECT_FALSE(facts.temperature.has_value());
    EXPECT_FALSE(facts.has_seed);
    EXPECT_FALSE(facts.max_tokens.has_value());
    EXPECT_EQ(facts.choices, 1);
    EXPECT_EQ(facts.user, "");
    EXPECT_FALSE(facts.reproducible);
  }
}

TEST(request_scan, decodes_escaped_names) {
  const request_facts facts =
      scan_ok(R"({"mod\u0065l":"a\/b","messages":[{"role":"user","content":"\u00e9"}],"user":"\"q\""})");
  EXPECT_EQ(facts.model, "a/b");
  EXPECT_EQ(facts.user, "\"q\"");
  EXPECT_EQ(facts.service_tier, "");
  EXPECT_EQ(facts.prompt_text_bytes, 2U);
}

TEST(request_scan, tools_and_their_calls_are_part_of_the_prompt) {
  const auto bytes = [](const char* body) { return scan_ok(body).prompt_text_bytes; };
  EXPECT_EQ(bytes(R"({"model":"m","messages":[{"role":"user","content":"ab"}],"tools":[{"a": 1}]})"), 2U + 10U);
  EXPECT_EQ(bytes(R"({"model":"m","messages":[{"role":"assistant","content":null,"tool_calls":[{}]}]})"), 4U);
  EXPECT_EQ(bytes(R"({"model":"m","messages":[{"role":"assistant","content":"a","tool_calls":null}]})"), 1U);
}

TEST(request_scan, embeddings_and_completions_have_their_own_prompt) {
  EXPECT_TRUE(scan_ok(R"({"model":"m","input":"abc"})", operation::embedding).reproducible);
  EXPECT_EQ(scan_ok(R"({"model":"m","input":["ab","c"]})", operation::embedding).prompt_text_bytes, 3U);
  EXPECT_EQ(scan_ok(R"({"model":"m","input":[1,2,3]})", operation::embedding).prompt_text_bytes, 12U);
  EXPECT_EQ(scan_ok(R"({"model":"m","prompt":[[1],[2,3]]})", operation::completion).prompt_text_bytes, 12U);
  EXPECT_EQ(scan_ok(R"({"model":"m","prompt":""})", operation::completion).prompt_text_bytes, 0U);
}

TEST(request_scan, refusals_name_the_field) {
  const auto param = [](std::string_view fields) { return scan_bad(chat_with(fields)).param; };
  EXPECT_EQ(scan_bad(R"({"messages":[{"role":"user"}]})").param, "model");
  EXPECT_EQ(scan_bad(R"({"model":"","messages":[{"role":"user"}]})").param, "model");
  EXPECT_EQ(scan_bad(R"({"model":7,"messages":[{"role":"user"}]})").param, "model");
  EXPECT_EQ(scan_bad(R"({"model":null,"messages":[{"role":"user"}]})").param, "model");
  EXPECT_EQ(scan_bad(R"({"model":"m"})").param, "messages");
  EXPECT_EQ(scan_bad(R"({"model":"m","messages":null})").param, "messages");
  EXPECT_EQ(scan_bad(R"({"model":"m","messages":[]})").param, "messages");
  EXPECT_EQ(scan_bad(R"({"model":"m","messages":"hi"})").param, "messages");
  EXPECT_EQ(scan_bad(R"({"model":"m","messages":{}})").param, "messages");
  EXPECT_EQ(scan_bad(R"({"model":"m","messages":["hi"]})").param, "messages[0]");
  EXPECT_EQ(scan_bad(R"({"model":"m","messages":[{"role":"a"},{"role":"b"},{"role":3}]})").param, "messages[2].role");
  EXPECT_EQ(scan_bad(R"({"model":"m","messages":[{"content":"x"}]})").param, "messages[0].role");
  EXPECT_EQ(scan_bad(R"({"model":"m","messages":[{"role":"a","content":1}]})").param, "messages[0].content");
  EXPECT_EQ(scan_bad(R"({"model":"m","messages":[{"role":"a","content":["x"]}]})").param, "messages[0].content[0]");
  EXPECT_EQ(scan_bad(R"({"model":"m","messages":[{"role":"a","content":[{"text":"x"}]}]})").param,
            "messages[0].content[0].type");
  EXPECT_EQ(scan_bad(R"({"model":"m","messages":[{"role":"a","content":[{"type":"text","text":1}]}]})").param,
            "messages[0].content[0].text");
  EXPECT_EQ(param(R"("temperature":"0")"), "temperature");
  EXPECT_EQ(param(R"("temperature":2.01)"), "temperature");
  EXPECT_EQ(param(R"("temperature":-0.1)"), "temperature");
  EXPECT_EQ(param(R"("n":0)"), "n");
  EXPECT_EQ(param(R"("n":129)"), "n");
  EXPECT_EQ(param(R"("n":1.5)"), "n");
  EXPECT_EQ(param(R"("max_tokens":0)"), "max_tokens");
  EXPECT_EQ(param(R"("max_completion_tokens":-1)"), "max_completion_tokens");
  EXPECT_EQ(param(R"("seed":1.5)"), "seed");
  EXPECT_EQ(param(R"("seed":99999999999999999999)"), "seed");
  EXPECT_EQ(param(R"("stream":1)"), "stream");
  EXPECT_EQ(param(R"("stream":"true")"), "stream");
  EXPECT_EQ(param(R"("stream_options":true)"), "stream_options");
  EXPECT_EQ(param(R"("stream_options":{"include_usage":1})"), "stream_options.include_usage");
  EXPECT_EQ(param(R"("stop":1)"), "stop");
  EXPECT_EQ(param(R"("stop":["a",1])"), "stop");
  EXPECT_EQ(param(R"("user":{})"), "user");
  EXPECT_EQ(param(R"("tools":{})"), "tools");
  EXPECT_EQ(param(R"("model":"twice")"), "model");
  EXPECT_EQ(param(R"("stream":true,"stream":true)"), "stream");
  EXPECT_EQ(scan_bad(R"({"model":"m","prompt":{}})", operation::completion).param, "prompt");
  EXPECT_EQ(scan_bad(R"({"model":"m","input":[]})", operation::embedding).param, "input");
  EXPECT_EQ(scan_bad(R"({"model":"m","input":[1,"a"]})", operation::embedding).param, "input");
  EXPECT_EQ(scan_bad(R"({"model":"m","input":[[1],["a"]]})", operation::embedding).param, "input");
  EXPECT_EQ(scan_bad(R"({"model":"m","input":[-1]})", operation::embedding).param, "input");
  EXPECT_EQ(scan_bad(R"({"model":"m","input":[null]})", operation::embedding).param, "input");
}

TEST(request_scan, messages_say_what_would_be_right) {
  EXPECT_EQ(scan_bad(chat_with(R"("n":0)")).message, "'n' must be an integer from 1 to 128");
  EXPECT_EQ(scan_bad(chat_with(R"("temperature":3)")).message, "'temperature' must be a number from 0 to 2");
  EXPECT_EQ(scan_bad(chat_with(R"("max_tokens":0)")).message, "'max_tokens' must be an integer of at least 1");
  EXPECT_EQ(scan_bad(R"({"model":"m" "x":1})").message, "malformed JSON at byte 13: expected ',' or '}'");
  EXPECT_EQ(scan_bad("[]").message, "the request body must be a JSON object");
}

TEST(request_scan, refuses_malformed_bodies) {
  for (const std::string_view bad :
       {"", " ", "null", "7", "\"x\"", "[]", "{", "{}", "{}{}", "{\"model\"", "\xEF\xBB\xBF{}", "{\"model\":\"\xFF\"}",
        "{\"model\":\"m\",}", "{\"model\":\"\\ud800\",\"messages\":[{\"role\":\"u\"}]}"}) {
    scan_bad(bad);
  }
  scan_bad(std::string{k_chat} + "x");
  scan_bad(std::string{k_chat} + std::string{k_chat});
  scan_bad(chat_with(R"("x":{"a":1,"b":2,"a":3})"));
  scan_bad(chat_with(R"("x":1,"x":1)"));
  scan_bad(chat_with(R"("x":{"a":1,"\u0061":3})"));
  scan_bad(chat_with(R"("x":1e400)"));
  scan_bad(chat_with(R"("x":)" + std::string(64, '[') + std::string(64, ']')));
  scan_ok(chat_with(R"("x":)" + std::string(63, '[') + std::string(63, ']')));
}

TEST(request_scan, every_prefix_is_refused) {
  const std::string body = chat_with(R"("stop":["a","\u00e9"],"n":1,"x":{"y":[1.5,-2,true,null]},"user":"u")");
  scan_ok(body);
  for (std::size_t length = 0; length < body.size(); ++length) {
    scan_bad(body.substr(0, length));
  }
}

TEST(request_hash, ignores_how_it_is_spelt) {
  const auto hash =
      hash_of(R"({"model":"m","messages":[{"role":"user","content":"h/é"}],"temperature":1,"x":{"a":0,"b":[1]}})");
  for (
      const std::string_view same :
      {R"({"messages":[{"content":"h/é","role":"user"}],"x":{"b":[1],"a":0},"temperature":1,"model":"m"})",
       R"( { "messages" : [ {"role":"user","content":"h\/\u00e9"} ] , "model":"m","temperature":1.0,"x":{"a":-0.0,"b":[1e0]}} )",
       R"({"model":"m","messages":[{"role":"user","content":"h/é"}],"temperature":10e-1,"x":{"a":0e5,"b":[1.0]},
           "stream":true,"stream_options":{"include_usage":true},"user":"u","metadata":{"k":"v"},"store":true,
           "service_tier":"auto","safety_identifier":"s","prompt_cache_key":"p","seed":null,"stop":null})"}) {
    EXPECT_EQ(hash_of(same), hash) << same;
  }
}

TEST(request_hash, sees_every_difference_that_can_change_the_answer) {
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
  std::size_t count = 0;
  const auto is_new = [&](std::string_view body, operation op = operation::chat, std::uint64_t seed = 0) {
    ++count;
    EXPECT_TRUE(seen.insert(hash_of(body, op, seed)).second) << body;
  };
  is_new(k_chat);
  is_new(k_chat, operation::chat, 1);
  is_new(R"({"model":"m2","messages":[{"role":"user","content":"hi"}]})");
  is_new(R"({"model":"m","messages":[{"role":"system","content":"hi"}]})");
  is_new(R"({"model":"m","messages":[{"role":"user","content":"hi "}]})");
  is_new(R"({"model":"m","messages":[{"role":"user","content":"h"},{"role":"user","content":"i"}]})");
  is_new(chat_with(R"("tools":[])"));
  for (const std::string_view fields : {R"("tools":[{"a":1}])",
                                        R"("response_format":{"type":"json_object"})",
                                        R"("logit_bias":{"5":1})",
                                        R"("logit_bias":{"51":1})",
                                        R"("temperature":0)",
                                        R"("temperature":0.1)",
                                        R"("seed":0)",
                                        R"("seed":1)",
                                        R"("n":2)",
                                        R"("stop":"a")",
                                        R"("stop":["a"])",
                                        R"("x":"1")",
                                        R"("x":1)",
                                        R"("x":true)",
                                        R"("x":false)",
                                        R"("x":null)",
                                        R"("x":[])",
                                        R"("x":{})",
                                        R"("x":"")",
                                        R"("x":[[],[]])",
                                        R"("x":[[[]]])",
                                        R"("x":["a","b"])",
                                        R"("x":["ab"])",
                                        R"("x":["sa"])",
                                        R"("x":{"a":"b"})",
                                        R"("x":["a",{"b":1}])",
                                        R"("x":-1)",
                                        R"("x":1.5)",
                                        R"("x":18446744073709551615)",
                                        R"("x":18446744073709551616)",
                                        R"("x":18446744073709551617)",
                                        R"("x":9007199254740992)",
                                        R"("x":9007199254740993)",
                                        R"("x":255)",
                                        R"("x":256)",
                                        R"("x":65536)",
                                        R"("x":4294967296)",
                                        R"("x":-4294967296)",
                                        R"("x":{"a":1,"b":2})",
                                        R"("x":{"a":2,"b":1})",
                                        R"("x":[1,2])",
                                        R"("x":[2,1])",
                                        R"("x":[12])",
                                        R"("y":1)",
                                        R"("parallel_tool_calls":true)"}) {
    is_new(chat_with(fields));
  }
  is_new(R"({"model":"m","prompt":"hi"})", operation::completion);
  is_new(R"({"model":"m","input":"hi"})", operation::embedding);
  is_new(R"({"model":"m","input":["hi"]})", operation::embedding);
  EXPECT_EQ(seen.size(), count);
}

TEST(request_hash, is_canonical_where_long_parts_are_folded) {
  for (const std::size_t size : {239UL, 240UL, 241UL, 1000UL, 1024UL, 1100UL, 20'000UL, 100'000UL}) {
    const std::string text(size, 'a');
    std::string ints = "[";
    std::string reals = "[";
    for (std::size_t i = 0; i < size; ++i) {
      ints += std::to_string(i) + (i + 1 < size ? "," : "]");
      reals += std::to_string(i) + (i + 1 < size ? ".0, " : "e0]");
    }
    const auto body = [&](const std::string& a, const std::string& b) {
      return chat_with(R"("x":{"a":)" + a + R"(,"b":)" + b + "}");
    };
    const auto turned = [&](const std::string& a, const std::string& b) {
      return chat_with(R"("x":{"b":)" + b + R"(,"\u0061":)" + a + "}");
    };
    const std::string quoted = '"' + text + '"';
    EXPECT_EQ(hash_of(body(quoted, ints)), hash_of(turned("\"\\u0061" + text.substr(1) + '"', reals))) << size;
    EXPECT_NE(hash_of(body(quoted, ints)), hash_of(body(ints, quoted))) << size;
    EXPECT_NE(hash_of(body(quoted, ints)), hash_of(body("\"b" + text.substr(1) + '"', ints))) << size;
  }
}

TEST(request_hash, many_keys_in_any_order) {
  std::string up;
  std::string down;
  for (int i = 0; i < 3000; ++i) {
    const std::string member = "\"k" + std::to_string(i) + "\":{\"v\":" + std::to_string(i) + "}";
    up += (i == 0 ? "" : ",") + member;
    down.insert(0, member + (i == 0 ? "" : ","));
  }
  EXPECT_EQ(hash_of(chat_with("\"x\":{" + up + "}")), hash_of(chat_with("\"x\":{" + down + "}")));
  scan_bad(chat_with("\"x\":{" + up + ",\"k77\":1}"));
}

TEST(request_scan, a_scan_leaves_nothing_for_the_next) {
  const auto alone = hash_of(k_chat);
  scan_bad(chat_with(R"("x":{"a":{"b":{"c":tru}}})"));
  static_cast<void>(hash_of(chat_with("\"x\":\"" + std::string(3'000'000, 'y') + '"')));
  EXPECT_EQ(hash_of(k_chat), alone);
}

} // namespace
} // namespace inferenceflow::wire::openai
