#include "wire/openai/json_tree.h"
#include "wire/openai/stream_assembly.h"
#include "wire/openai/stream_replay.h"
#include "wire/openai/stream_watch.h"
#include "wire/openai/usage_read.h"

#include <gtest/gtest.h>

namespace inferenceflow::wire::openai {
namespace {

boost::json::value tree(std::string_view text) {
  const auto parsed = json_tree::parse_object(text);
  EXPECT_TRUE(parsed.has_value()) << text;
  return parsed ? boost::json::value(*parsed) : boost::json::value{};
}

std::string assembled(operation op, std::string_view stream) {
  const auto whole = assemble_stream(op, stream);
  EXPECT_TRUE(whole.has_value()) << (whole ? "" : whole.error().message) << "\n" << stream;
  return whole ? *whole : std::string{};
}

std::string replayed(operation op, std::string_view document, bool include_usage) {
  const auto stream = replay_as_stream(op, document, include_usage);
  EXPECT_TRUE(stream.has_value()) << document;
  return stream ? *stream : std::string{};
}

stream_facts facts_of(std::string_view stream) {
  stream_watch watch{{false, 1U << 20U}};
  EXPECT_TRUE(watch.push(stream).has_value());
  static_cast<void>(watch.finish());
  return watch.facts();
}

std::string events(std::initializer_list<std::string_view> documents) {
  std::string stream;
  for (const std::string_view document : documents) {
    stream += "data: " + std::string{document} + "\n\n";
  }
  return stream;
}

std::string long_text() {
  std::string text;
  for (int i = 0; i < 200; ++i) {
    text += "\xE2\x82\xAC\xF0\x9F\x98\x80x\\n"; // three- and four-byte characters at every cut
  }
  return text;
}

const std::string k_plain =
    R"({"id":"c1","object":"chat.completion","created":7,"model":"m","system_fingerprint":"fp","choices":[{"index":0,)"
    R"("message":{"role":"assistant","content":")" +
    long_text() +
    R"(","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":9,"total_tokens":12}})";

TEST(replay, a_document_comes_back_from_its_stream) {
  for (
      const std::string& document : std::vector<std::string>{
          k_plain,
          R"({"id":"c2","object":"chat.completion","created":7,"model":"m","choices":[
             {"index":0,"message":{"role":"assistant","content":null,"tool_calls":[
                {"id":"call_a","type":"function","function":{"name":"f","arguments":"{\"x\": 1}"}},
                {"id":"call_b","type":"function","function":{"name":"g","arguments":""}}]},
              "logprobs":null,"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":1,"completion_tokens":1}})",
          R"({"id":"c3","object":"chat.completion","created":7,"model":"m","choices":[
             {"index":0,"message":{"role":"assistant","content":"a"},"logprobs":{"content":[{"token":"a","logprob":-0.5,
               "bytes":[97],"top_logprobs":[]}],"refusal":null},"finish_reason":"stop"},
             {"index":1,"message":{"role":"assistant","content":"","refusal":"I cannot"},"logprobs":null,"finish_reason":"stop",
               "content_filter_results":{"hate":{"filtered":false}}}],"usage":{"prompt_tokens":1,"completion_tokens":1}})",
          R"({"id":"c4","object":"chat.completion","created":7,"model":"m","choices":[{"index":0,"message":{"role":"assistant",
             "content":"x","reasoning_content":"because","function_call":{"name":"f","arguments":"{}"}},"logprobs":null,
             "finish_reason":"function_call"}],"usage":{"prompt_tokens":1,"completion_tokens":1},"service_tier":"default"})"}) {
    const std::string stream = replayed(operation::chat, document, true);
    EXPECT_EQ(tree(assembled(operation::chat, stream)), tree(document)) << stream;
    answer_reader reader;
    const answer_facts plain = reader.read(operation::chat, document);
    const stream_facts streamed = facts_of(stream);
    EXPECT_TRUE(streamed.cacheable);
    EXPECT_EQ(streamed.usage, plain.usage);
    EXPECT_EQ(streamed.finish, plain.finish);
    EXPECT_EQ(streamed.text_bytes, plain.text_bytes);
  }
}

TEST(replay, completions_too) {
  const std::string document =
      R"({"id":"t","object":"text_completion","created":7,"model":"m","choices":[{"text":"once","index":0,"logprobs":null,
        "finish_reason":"length"},{"text":"","index":1,"logprobs":{"tokens":["a"],"token_logprobs":[-1.5],"text_offset":[0]},
        "finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}})";
  EXPECT_EQ(tree(assembled(operation::completion, replayed(operation::completion, document, true))), tree(document));
}

TEST(replay, usage_only_if_asked_for) {
  EXPECT_FALSE(facts_of(replayed(operation::chat, k_plain, false)).usage.has_value());
  EXPECT_EQ(replayed(operation::chat, k_plain, false).find("usage"), std::string::npos);
  EXPECT_TRUE(facts_of(replayed(operation::chat, k_plain, true)).usage.has_value());
}

TEST(replay, refuses_what_is_no_answer) {
  for (const std::string_view bad : {"", "[]", "{}", R"({"choices":[]})", R"({"choices":7})", R"({"error":{}})"}) {
    EXPECT_FALSE(replay_as_stream(operation::chat, bad, true).has_value()) << bad;
  }
}

TEST(assembly, merges_what_upstreams_send) {
  const std::string stream = events(
      {R"({"id":"","object":"","model":"","created":0,"choices":[],"prompt_filter_results":[{"prompt_index":0}]})",
       R"({"id":"c","object":"chat.completion.chunk","created":5,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"obfuscation":"abc","usage":null})",
       R"({"id":"c","choices":[{"index":1,"delta":{"role":"assistant","reasoning_content":"be"}}]})",
       R"({"id":"c","choices":[{"index":0,"delta":{"content":"Hel"},"logprobs":{"content":[{"token":"Hel"}],"refusal":null},"finish_reason":null}]})",
       R"({"id":"c","choices":[{"index":1,"delta":{"role":"assistant","reasoning_content":"cause"}}]})",
       R"({"id":"c","choices":[{"index":0,"delta":{"content":"lo"},"logprobs":{"content":[{"token":"lo"}],"refusal":null},"finish_reason":null}]})",
       R"({"id":"c","choices":[{"index":1,"delta":{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]}}]})",
       R"({"id":"c","choices":[{"index":1,"delta":{"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":"{"}}]}}]})",
       R"({"id":"c","choices":[{"index":1,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}}]})",
       R"({"id":"c","choices":[{"index":1,"delta":{"tool_calls":[{"index":1,"function":{"name":null,"arguments":"}"}}]}}]})",
       R"({"id":"c","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]})",
       R"({"id":"c","choices":[{"index":1,"delta":{},"finish_reason":"tool_calls"}]})",
       R"({"id":"c","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}})", "[DONE]"});
  EXPECT_EQ(tree(assembled(operation::chat, stream)),
            tree(R"({"id":"c","object":"chat.completion","created":5,"model":"m",
    "prompt_filter_results":[{"prompt_index":0}],"choices":[
    {"index":0,"message":{"role":"assistant","content":"Hello","refusal":null},
     "logprobs":{"content":[{"token":"Hel"},{"token":"lo"}],"refusal":null},"finish_reason":"stop"},
    {"index":1,"message":{"role":"assistant","content":null,"reasoning_content":"because","tool_calls":[
       {"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},
       {"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]},"finish_reason":"tool_calls"}],
    "usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}})"));
}

TEST(assembly, refuses_streams_that_are_not_whole) {
  const std::string_view chunk = R"({"id":"c","choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}]})";
  EXPECT_TRUE(assemble_stream(operation::chat, events({chunk, "[DONE]"})).has_value());
  EXPECT_FALSE(assemble_stream(operation::chat, events({chunk})).has_value());
  EXPECT_FALSE(assemble_stream(operation::chat, events({"[DONE]"})).has_value());
  EXPECT_FALSE(assemble_stream(operation::chat, "").has_value());
  EXPECT_FALSE(assemble_stream(operation::chat, events({chunk, "{", "[DONE]"})).has_value());
  EXPECT_FALSE(assemble_stream(operation::chat, events({chunk, R"({"error":{"message":"x"}})", "[DONE]"})).has_value());
  EXPECT_FALSE(assemble_stream(operation::chat, "data: " + std::string(1000, '[') + "\n\n").has_value());
}

TEST(assembly, odd_types_do_not_break_it) {
  for (const std::string_view chunk :
       {R"({"choices":[7,null,{"delta":7},{"index":"x","delta":null}]})", R"({"choices":{}})",
        R"({"choices":[{"index":0,"delta":{"content":["a"],"tool_calls":{"x":1}}}]})",
        R"({"choices":[{"index":0,"message":7,"delta":{"tool_calls":[7,{"index":0},{"index":"0"}]}}]})",
        R"({"choices":[{"index":99999999999999999999,"delta":{"role":null}}]})"}) {
    const std::string stream = events(
        {R"({"id":"c","choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}]})", chunk, "[DONE]"});
    const auto whole = assemble_stream(operation::chat, stream);
    ASSERT_TRUE(whole.has_value()) << chunk;
    EXPECT_TRUE(replay_as_stream(operation::chat, *whole, true).has_value()) << *whole;
  }
}

TEST(replay_stream, gives_and_takes_the_usage_chunk) {
  const std::string bare = events(
      {R"({"id":"c","created":5,"model":"m","choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}]})"});
  const std::string usage = events({R"({"id":"c","choices":[],"usage":{"prompt_tokens":4,"completion_tokens":2}})"});
  const std::string done = events({"[DONE]"});
  EXPECT_EQ(replay_stream(operation::chat, bare + usage + done, false, std::nullopt).value(), bare + done);
  EXPECT_EQ(replay_stream(operation::chat, bare + usage + done, true, std::nullopt).value(), bare + usage + done);
  EXPECT_EQ(replay_stream(operation::chat, bare + done, false, cost::token_usage{}).value(), bare + done);
  const cost::token_usage known{3, 1, 0, 2, 5};
  const std::string added = replay_stream(operation::chat, bare + done, true, known).value();
  EXPECT_EQ(added.substr(0, bare.size()), bare);
  EXPECT_EQ(added.substr(added.size() - done.size()), done);
  EXPECT_EQ(facts_of(added).usage, known);
  EXPECT_FALSE(replay_stream(operation::chat, bare, true, known).has_value());
  EXPECT_FALSE(replay_stream(operation::chat, "", true, known).has_value());
}

} // namespace
} // namespace inferenceflow::wire::openai
