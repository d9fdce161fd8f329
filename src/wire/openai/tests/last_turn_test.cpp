#include "wire/openai/last_turn.h"

#include <array>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

namespace inferenceflow::wire::openai {
namespace {

using turn::unsuited;
using scope = std::pair<std::uint64_t, std::uint64_t>;

turn::cut cut_of(std::string_view body, operation op = operation::chat, std::uint64_t seed = 1) {
  static request_scanner scanner; // reused on purpose: what one body leaves behind must not reach the next
  return split_last_turn(op, body, scanner, seed);
}

unsuited why_not(std::string_view body, operation op = operation::chat) {
  const turn::cut got = cut_of(body, op);
  EXPECT_EQ(got.turn.has_value(), got.why == unsuited::none) << body;
  return got.why;
}

turn::last_turn turn_of(std::string_view body, operation op = operation::chat, std::uint64_t seed = 1) {
  turn::cut got = cut_of(body, op, seed);
  EXPECT_TRUE(got.turn.has_value()) << body << "\n" << to_string(got.why);
  return got.turn.value_or(turn::last_turn{});
}

scope scope_of(std::string_view body, operation op = operation::chat, std::uint64_t seed = 1) {
  const turn::last_turn got = turn_of(body, op, seed);
  return {got.scope_high, got.scope_low};
}

/// A chat whose last message has this content (JSON), with further members behind it.
std::string chat(std::string_view content, std::string_view more = "") {
  return fmt::format(R"({{"model":"m","messages":[{{"role":"system","content":"s"}},{{"role":"user","content":"a"}},)"
                     R"({{"role":"assistant","content":"b"}},{{"role":"user","content":{}}}]{}}})",
                     content, more);
}

std::string completion(std::string_view prompt, std::string_view more = "") {
  return fmt::format(R"({{"model":"m","prompt":{}{}}})", prompt, more);
}

TEST(last_turn, gives_the_decoded_text_of_the_last_message) {
  EXPECT_EQ(turn_of(chat(R"("hello")")).text, "hello");
  EXPECT_EQ(turn_of(chat(R"("caf\u00e9 \ud83d\ude00\n\"x\"")")).text, "café 😀\n\"x\"");
  EXPECT_EQ(turn_of(completion(R"("once")"), operation::completion).text, "once");
  EXPECT_EQ(turn_of(chat(R"("  kept as it is ")")).text, "  kept as it is ");
}

TEST(last_turn, only_the_text_may_change_within_a_scope) {
  const std::string long_text(3000, 'x');
  const scope expected = scope_of(chat(R"("hello")"));
  for (const std::string& content :
       {std::string{R"("")"} + "", std::string{R"("bye")"}, std::string{R"("\u0062ye")"}, "\"" + long_text + "\"",
        std::string{R"([{"type":"text","text":"parts"}])"}, std::string{R"([ {"text":"parts", "type":"text"} ])"}}) {
    if (content != R"("")") {
      EXPECT_EQ(scope_of(chat(content)), expected) << content;
    }
  }
  const scope prompt = scope_of(completion(R"("a")"), operation::completion);
  EXPECT_EQ(scope_of(completion(R"("b")"), operation::completion), prompt);
  EXPECT_EQ(scope_of(completion(R"(["c"])"), operation::completion), prompt);
  EXPECT_NE(prompt, expected);
}

TEST(last_turn, spelling_does_not_matter) {
  const std::string plain = R"({"model":"m","temperature":0.5,"messages":[{"role":"system","content":"sé"},)"
                            R"({"role":"user","name":"n","content":"hi"}],"stop":["x"],"tools":[{"a":1,"b":[2]}]})";
  const std::string other =
      "{ \"tools\" : [ {\"b\":[2.0],\"\\u0061\":1e0} ],\n\"stop\":[\"\\u0078\"],"
      R"("mess\u0061ges":[{"content":"s\u00e9","role":"syst\u0065m"},)"
      R"({"content":"h\u0069","name":"n","role":"us\u0065r"}] , "temperature":5e-1,"model":"\u006d"})";
  EXPECT_EQ(turn_of(plain), turn_of(other));
  const std::string parts = R"([{"type":"text","text":"one"},{"text":"two","type":"text"}])";
  const std::string parts_again = R"([ {"t\u0065xt":"\u006fne","type":"t\u0065xt"} , {"type":"text","text":"two"}])";
  EXPECT_EQ(turn_of(chat(parts)), turn_of(chat(parts_again)));
}

TEST(last_turn, what_does_not_change_the_answer_does_not_change_the_scope) {
  const scope expected = scope_of(chat(R"("hello")"));
  for (const std::string_view more :
       {R"(,"stream":true)", R"(,"stream":true,"stream_options":{"include_usage":true})", R"(,"user":"u")",
        R"(,"metadata":{"k":"v"})", R"(,"store":false)", R"(,"service_tier":"flex")", R"(,"safety_identifier":"x")",
        R"(,"prompt_cache_key":"k")", R"(,"prompt_cache_retention":"24h")", R"(,"temperature":null)"}) {
    EXPECT_EQ(scope_of(chat(R"("hello")", more)), expected) << more;
  }
}

TEST(last_turn, everything_else_makes_another_scope) {
  std::vector<std::string> bodies{
      chat(R"("q")"),
      chat(R"("q")", R"(,"temperature":0)"),
      chat(R"("q")", R"(,"temperature":1)"),
      chat(R"("q")", R"(,"top_p":0.5)"),
      chat(R"("q")", R"(,"seed":1)"),
      chat(R"("q")", R"(,"max_tokens":7)"),
      chat(R"("q")", R"(,"stop":"x")"),
      chat(R"("q")", R"(,"response_format":{"type":"json_object"})"),
      chat(R"("q")", R"(,"response_format":{"type":"json_schema","json_schema":{"name":"n"}})"),
      chat(R"("q")", R"(,"tools":[{"type":"function","function":{"name":"f"}}])"),
      chat(R"("q")", R"(,"tools":[{"type":"function","function":{"name":"g"}}])"),
      chat(R"("q")", R"(,"tool_choice":"none")"),
      chat(R"("q")", R"(,"unheard_of":1)"),
      chat(R"([{"type":"text","text":"q"},{"type":"text","text":"q"}])"),
      chat(R"([{"type":"text","text":"q"},{"type":"text","text":"q"},{"type":"text","text":"q"}])"),
      chat(R"([{"type":"text","text":"q","cache_control":{"type":"ephemeral"}}])"),
      R"({"model":"other","messages":[{"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"q"}]})",
      R"({"model":"m","messages":[{"role":"system","content":"S"},{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"q"}]})",
      R"({"model":"m","messages":[{"role":"developer","content":"s"},{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"q"}]})",
      R"({"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":"A"},{"role":"assistant","content":"b"},{"role":"user","content":"q"}]})",
      R"({"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"assistant","content":"B"},{"role":"user","content":"q"}]})",
      R"({"model":"m","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"q"}]})",
      R"({"model":"m","messages":[{"role":"system","content":"s"},{"role":"assistant","content":"b"},{"role":"user","content":"a"},{"role":"user","content":"q"}]})",
      R"({"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"q","name":"n"}]})",
      R"({"model":"m","messages":[{"role":"user","content":"q"}]})"};
  std::vector<scope> seen;
  for (const std::string& body : bodies) {
    seen.push_back(scope_of(body));
  }
  seen.push_back(scope_of(bodies.front(), operation::chat, 2)); // another tenant
  for (std::size_t i = 0; i < seen.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_NE(seen[i], seen[j]) << i << " and " << j;
    }
  }
}

TEST(last_turn, an_earlier_message_with_the_same_text_counts) {
  // The turn that is left out is the last one, not one that looks like it.
  EXPECT_NE(scope_of(R"({"model":"m","messages":[{"role":"user","content":"x"},{"role":"user","content":"y"}]})"),
            scope_of(R"({"model":"m","messages":[{"role":"user","content":"y"},{"role":"user","content":"x"}]})"));
}

TEST(last_turn, parts_are_joined_so_that_they_can_be_told_apart) {
  const auto text = [](std::string_view content) { return turn_of(chat(content)).text; };
  EXPECT_EQ(text(R"([{"type":"text","text":"one"},{"type":"text","text":"two"}])"), "one\n\x1e\ntwo");
  EXPECT_NE(text(R"([{"type":"text","text":"a\n"},{"type":"text","text":"b"}])"),
            text(R"([{"type":"text","text":"a"},{"type":"text","text":"\nb"}])"));
  EXPECT_EQ(why_not(chat(R"([{"type":"text","text":"a\u001e"},{"type":"text","text":"b"}])")), unsuited::separator);
  EXPECT_EQ(text(R"("a\u001eb")"), "a\x1e"
                                   "b");
}

TEST(last_turn, is_not_cut_where_it_is_not_text_of_the_user) {
  const auto messages = [](std::string_view all) {
    return why_not(fmt::format(R"({{"model":"m","messages":[{}]}})", all));
  };
  EXPECT_EQ(messages(R"({"role":"user","content":"a"},{"role":"assistant","content":"b"})"), unsuited::not_user);
  EXPECT_EQ(messages(R"({"role":"user","content":"a"},{"role":"system","content":"b"})"), unsuited::not_user);
  EXPECT_EQ(messages(R"({"role":"user","content":"a"},{"role":"User","content":"b"})"), unsuited::not_user);
  EXPECT_EQ(messages(R"({"role":"user","content":"a"},{"role":"tool","tool_call_id":"1","content":"b"})"),
            unsuited::tool_result);
  EXPECT_EQ(messages(R"({"role":"user","content":"a"},{"content":"b","role":"function","name":"f"})"),
            unsuited::tool_result);
  for (const std::string_view part :
       {R"({"type":"image_url","image_url":{"url":"u"}})", R"({"type":"input_audio","input_audio":{"data":""}})",
        R"({"type":"file","file":{"file_id":"f"}})", R"({"type":"unheard_of","text":"x"})", R"({"type":"text"})"}) {
    EXPECT_EQ(why_not(chat(fmt::format("[{}]", part))), unsuited::not_text) << part;
    EXPECT_EQ(why_not(chat(fmt::format(R"([{{"type":"text","text":"t"}},{}])", part))), unsuited::not_text) << part;
  }
  // In earlier messages all of that is history, and hashed.
  EXPECT_EQ(messages(R"({"role":"user","content":[{"type":"image_url","image_url":{"url":"u"}}]},)"
                     R"({"role":"tool","tool_call_id":"1","content":"b"},{"role":"user","content":"c"})"),
            unsuited::none);
}

TEST(last_turn, is_not_cut_where_it_says_nothing_or_too_much) {
  for (const std::string_view content :
       {R"("")", R"("   \n\t")", R"("\u00a0\u3000\u200b\ufeff")", "null", "[]", R"([{"type":"text","text":""}])",
        R"([{"type":"text","text":" "},{"type":"text","text":"\n"}])"}) {
    EXPECT_EQ(why_not(chat(content)), unsuited::blank) << content;
  }
  EXPECT_EQ(why_not(R"({"model":"m","messages":[{"role":"user"}]})"), unsuited::blank);
  EXPECT_EQ(why_not(completion(R"("")"), operation::completion), unsuited::blank);
  EXPECT_EQ(why_not(completion(R"([""])"), operation::completion), unsuited::blank);
  const std::string most(turn::k_turn_bytes_max, 'x');
  EXPECT_EQ(turn_of(chat("\"" + most + "\"")).text, most);
  EXPECT_EQ(why_not(chat("\"" + most + "x\"")), unsuited::too_long);
  EXPECT_EQ(why_not(chat(fmt::format(R"([{{"type":"text","text":"{}"}},{{"type":"text","text":"x"}}])", most))),
            unsuited::too_long);
}

TEST(last_turn, is_not_cut_where_more_than_one_text_is_asked_for) {
  const auto with = [](std::string_view more) { return why_not(chat(R"("q")", more)); };
  EXPECT_EQ(with(R"(,"n":2)"), unsuited::several_choices);
  EXPECT_EQ(with(R"(,"n":1)"), unsuited::none);
  EXPECT_EQ(with(R"(,"logprobs":true)"), unsuited::logprobs);
  EXPECT_EQ(with(R"(,"logprobs":false)"), unsuited::none);
  EXPECT_EQ(with(R"(,"logprobs":null)"), unsuited::none);
  EXPECT_EQ(with(R"(,"top_logprobs":3)"), unsuited::logprobs);
  EXPECT_EQ(with(R"(,"top_logprobs":0)"), unsuited::none);
  EXPECT_EQ(with(R"(,"top_logprobs":-0.0)"), unsuited::none);
  EXPECT_EQ(with(R"(,"log\u0070robs":true)"), unsuited::logprobs);
  EXPECT_EQ(with(R"(,"prompt_logprobs":1)"), unsuited::logprobs);
  EXPECT_EQ(with(R"(,"prediction":{"type":"content","content":"x"})"), unsuited::prediction);
  EXPECT_EQ(with(R"(,"prediction":null)"), unsuited::none);
  EXPECT_EQ(with(R"(,"audio":{"voice":"alloy"})"), unsuited::other_output);
  EXPECT_EQ(with(R"(,"modalities":["text","audio"])"), unsuited::other_output);
  EXPECT_EQ(with(R"(,"modalities":["t\u0065xt"])"), unsuited::none);
  EXPECT_EQ(with(R"(,"modalities":null)"), unsuited::none);
  EXPECT_EQ(with(R"(,"modalities":"audio")"), unsuited::other_output);
  EXPECT_EQ(with(R"(,"store":true)"), unsuited::server_state);
  EXPECT_EQ(with(R"(,"background":true)"), unsuited::server_state);
  EXPECT_EQ(with(R"(,"background":false)"), unsuited::none);
  EXPECT_EQ(with(R"(,"conversation":"c")"), unsuited::server_state);
  EXPECT_EQ(with(R"(,"previous_response_id":"r")"), unsuited::server_state);
  EXPECT_EQ(with(R"(,"previous_response_id":null)"), unsuited::none);
}

TEST(last_turn, is_not_cut_from_lists_tokens_and_embeddings) {
  const auto prompt = [](std::string_view what, std::string_view more = "") {
    return why_not(completion(what, more), operation::completion);
  };
  EXPECT_EQ(prompt(R"(["a","b"])"), unsuited::several_prompts);
  EXPECT_EQ(prompt("[1,2]"), unsuited::token_ids);
  EXPECT_EQ(prompt("[[1,2]]"), unsuited::token_ids);
  EXPECT_EQ(prompt(R"("a")", R"(,"echo":true)"), unsuited::echo);
  EXPECT_EQ(prompt(R"("a")", R"(,"echo":false)"), unsuited::none);
  EXPECT_EQ(prompt(R"("a")", R"(,"logprobs":0)"), unsuited::logprobs);
  EXPECT_EQ(prompt(R"("a")", R"(,"suffix":"z")"), unsuited::none);
  EXPECT_EQ(why_not(R"({"model":"m","input":"a"})", operation::embedding), unsuited::embedding);
}

TEST(last_turn, refuses_what_the_scan_refuses) {
  request_scanner scanner;
  for (const std::string_view body :
       {"", "[]", "{", R"({"model":"m"})", R"({"messages":[{"role":"user","content":"x"}]})",
        R"({"model":"m","messages":[]})", R"({"model":"m","messages":[{"role":"user","content":"x"}],"temperature":9})",
        R"({"model":"m","messages":[{"role":"user","content":"x","content":"y"}]})",
        R"({"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"x","text":"y"}]}]})",
        R"({"model":"m","messages":[{"role":"user","content":"\ud800"}]})",
        R"({"model":"m","messages":[{"role":"user","content":"x"}]} trailing)",
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"\xff\"}]}"}) {
    EXPECT_FALSE(scanner.scan(operation::chat, body, 0).has_value()) << body;
    EXPECT_EQ(why_not(body), unsuited::malformed) << body;
  }
}

TEST(last_turn, leaves_the_facts_of_the_last_scan_alone) {
  request_scanner scanner;
  const std::string body = R"({"model":"a\/b","messages":[{"role":"user","content":"hi"}],"user":"\u0075"})";
  const auto facts = scanner.scan(operation::chat, body, 1);
  ASSERT_TRUE(facts.has_value());
  ASSERT_TRUE(split_last_turn(operation::chat,
                              R"({"model":"x\/y","messages":[{"role":"user","content":"z"}],"user":"\u0076"})", scanner,
                              1)
                  .turn.has_value());
  EXPECT_EQ(facts->model, "a/b");
  EXPECT_EQ(facts->user, "u");
}

TEST(last_turn, a_scope_is_never_the_hash_of_a_request) {
  request_scanner scanner;
  const std::string body = chat(R"("hello")");
  const auto facts = scanner.scan(operation::chat, body, 1);
  ASSERT_TRUE(facts.has_value());
  EXPECT_NE(scope_of(body), (scope{facts->hash_high, facts->hash_low}));
}

TEST(last_turn, long_histories_keep_the_property) {
  std::string history;
  for (int at = 0; at < 400; ++at) { // long enough that the canonical form folds the running array
    history += fmt::format(R"({{"role":"user","content":"message number {}, some words"}},)", at);
  }
  const auto body = [&](std::string_view last) {
    return R"({"model":"m","messages":[)" + history + R"({"role":"user","content":")" + std::string{last} + R"("}]})";
  };
  EXPECT_EQ(scope_of(body("x")), scope_of(body(std::string(5000, 'y'))));
  const scope before = scope_of(body("x"));
  history.replace(history.find("number 7,"), 9, "number 8,");
  EXPECT_NE(scope_of(body("x")), before);
}

} // namespace
} // namespace inferenceflow::wire::openai
