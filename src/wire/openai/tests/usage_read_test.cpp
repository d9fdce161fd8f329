#include "wire/openai/usage_read.h"

#include <gtest/gtest.h>

namespace inferenceflow::wire::openai {
namespace {

answer_facts read_chat(std::string_view body, operation op = operation::chat) {
  static answer_reader reader;
  return reader.read(op, body);
}

std::string answer_with(std::string_view fields, std::string_view finish = R"("stop")") {
  return R"({"id":"c1","object":"chat.completion","created":1,"model":"m-1","choices":[{"index":0,"message":)"
         R"({"role":"assistant","content":"Hello"},"logprobs":null,"finish_reason":)" +
         std::string{finish} + "}]," + std::string{fields} + "}";
}

cost::token_usage usage_of(std::string_view usage) {
  const answer_facts facts = read_chat(answer_with("\"usage\":" + std::string{usage}));
  EXPECT_TRUE(facts.usage.has_value()) << usage;
  return facts.usage.value_or(cost::token_usage{-1, -1, -1, -1, -1});
}

TEST(usage, parts_are_disjoint) {
  EXPECT_EQ(usage_of(R"({"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,
    "prompt_tokens_details":{"cached_tokens":30,"cache_write_tokens":20,"audio_tokens":0},
    "completion_tokens_details":{"reasoning_tokens":10,"audio_tokens":0}})"),
            (cost::token_usage{50, 30, 20, 40, 10}));
}

TEST(usage, dialects) {
  EXPECT_EQ(
      usage_of(
          R"({"prompt_tokens":10,"completion_tokens":5,"prompt_cache_hit_tokens":4,"prompt_cache_miss_tokens":6})"),
      (cost::token_usage{6, 4, 0, 5, 0})); // DeepSeek
  EXPECT_EQ(usage_of(R"({"prompt_tokens":70,"completion_tokens":12,"total_tokens":82,"num_cached_tokens":69})"),
            (cost::token_usage{1, 69, 0, 12, 0})); // Mistral
  EXPECT_EQ(usage_of(R"({"prompt_tokens":19,"completion_tokens":29,"cached_tokens":3})"),
            (cost::token_usage{16, 3, 0, 29, 0})); // Together
  EXPECT_EQ(usage_of(R"({"prompt_tokens":32,"completion_tokens":9,"total_tokens":235,
    "completion_tokens_details":{"reasoning_tokens":194}})"),
            (cost::token_usage{32, 0, 0, 9, 194})); // xAI
  EXPECT_EQ(usage_of(R"({"prompt_tokens":43,"completion_tokens":10,"total_tokens":53,
    "completion_tokens_details":{"reasoning_tokens":11}})"),
            (cost::token_usage{43, 0, 0, 0, 10})); // OpenRouter
  EXPECT_EQ(
      usage_of(
          R"({"prompt_tokens":5,"completion_tokens":1,"prompt_tokens_details":null,"completion_tokens_details":null})"),
      (cost::token_usage{5, 0, 0, 1, 0})); // vLLM
  EXPECT_EQ(usage_of(R"({"input_tokens":8,"input_tokens_details":{"cached_tokens":2},"output_tokens":7,
    "output_tokens_details":{"reasoning_tokens":3}})"),
            (cost::token_usage{6, 2, 0, 4, 3}));                                    // Responses
  EXPECT_EQ(usage_of(R"({"total_tokens":9})"), (cost::token_usage{9, 0, 0, 0, 0})); // Voyage
  EXPECT_EQ(read_chat(answer_with(R"("x_groq":{"id":"r","usage":{"prompt_tokens":3,"completion_tokens":2}})")).usage,
            (cost::token_usage{3, 0, 0, 2, 0})); // Groq
  EXPECT_EQ(usage_of(R"({"prompt_tok\u0065ns":5,"completion_tokens":1.0})"), (cost::token_usage{5, 0, 0, 1, 0}));
}

TEST(usage, garbage_is_clamped) {
  EXPECT_EQ(usage_of(R"({"prompt_tokens":-5,"completion_tokens":2})"), (cost::token_usage{0, 0, 0, 2, 0}));
  EXPECT_EQ(usage_of(R"({"prompt_tokens":1e300,"completion_tokens":123456789012345678901234567890})"),
            (cost::token_usage{cost::k_tokens_max, 0, 0, cost::k_tokens_max, 0}));
  EXPECT_EQ(usage_of(R"({"prompt_tokens":5,"completion_tokens":"7","prompt_tokens_details":{"cached_tokens":9}})"),
            (cost::token_usage{0, 5, 0, 0, 0}));
  EXPECT_EQ(usage_of(R"({"prompt_tokens":5,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":4,
    "cache_write_tokens":4},"completion_tokens_details":{"reasoning_tokens":-1}})"),
            (cost::token_usage{0, 4, 1, 3, 0}));
  EXPECT_EQ(usage_of(R"({"prompt_tokens":[5],"completion_tokens":3.9,"prompt_tokens_details":7})"),
            (cost::token_usage{0, 0, 0, 3, 0}));
}

TEST(usage, is_absent_when_nothing_is_counted) {
  for (const std::string_view usage :
       {"null", "{}", "[]", "7", "\"x\"", R"({"cost":1})", R"({"prompt_tokens":null})"}) {
    EXPECT_FALSE(read_chat(answer_with("\"usage\":" + std::string{usage})).usage.has_value()) << usage;
  }
}

TEST(answer, a_whole_answer) {
  const std::string body = answer_with(R"("usage":{"prompt_tokens":1,"completion_tokens":1})");
  const answer_facts facts = read_chat(body);
  EXPECT_TRUE(facts.well_formed);
  EXPECT_TRUE(facts.complete);
  EXPECT_TRUE(facts.cacheable);
  EXPECT_FALSE(facts.is_error);
  EXPECT_EQ(facts.model, "m-1");
  EXPECT_EQ(facts.finish, finish_reason::stop);
  EXPECT_EQ(facts.choices, 1U);
  EXPECT_EQ(facts.text_bytes, 5U);
}

TEST(answer, what_is_cut_off_filtered_or_odd_is_not_cacheable) {
  for (const std::string_view finish :
       {R"("length")", R"("content_filter")", R"("error")", R"("max_tokens")", R"("model_length")"}) {
    EXPECT_TRUE(read_chat(answer_with("\"x\":1", finish)).complete) << finish;
    EXPECT_FALSE(read_chat(answer_with("\"x\":1", finish)).cacheable) << finish;
  }
  for (const std::string_view finish : {"null", "\"\"", "7"}) {
    EXPECT_FALSE(read_chat(answer_with("\"x\":1", finish)).complete) << finish;
    EXPECT_FALSE(read_chat(answer_with("\"x\":1", finish)).cacheable) << finish;
  }
  for (const std::string_view finish :
       {R"("stop")", R"("tool_calls")", R"("function_call")", R"("eos_token")", R"("st\u006fp")"}) {
    EXPECT_TRUE(read_chat(answer_with("\"x\":1", finish)).cacheable) << finish;
  }
  EXPECT_FALSE(read_chat(R"({"choices":[{"finish_reason":"stop"},{"index":1,"finish_reason":"length"}]})").cacheable);
  EXPECT_FALSE(read_chat(R"({"choices":[{"finish_reason":"stop","error":{"code":502}}]})").cacheable);
  EXPECT_FALSE(read_chat(R"({"choices":[]})").complete);
  EXPECT_FALSE(read_chat("{}").complete);
}

TEST(answer, errors_are_seen) {
  for (const std::string_view body :
       {R"({"error":{"message":"x","type":"y"}})", R"({"error":"x"})", R"({"object":"error","message":"x"})"}) {
    EXPECT_TRUE(read_chat(body).well_formed) << body;
    EXPECT_TRUE(read_chat(body).is_error) << body;
    EXPECT_FALSE(read_chat(body).cacheable) << body;
  }
  EXPECT_FALSE(read_chat(answer_with("\"error\":null")).is_error);
  EXPECT_TRUE(read_chat(answer_with("\"error\":null")).cacheable);
}

TEST(answer, embeddings_need_vectors) {
  const answer_facts facts = read_chat(
      R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.1,-2e-3]}],"model":"e","usage":{"prompt_tokens":4,"total_tokens":4}})",
      operation::embedding);
  EXPECT_TRUE(facts.cacheable);
  EXPECT_EQ(facts.usage, (cost::token_usage{4, 0, 0, 0, 0}));
  EXPECT_FALSE(read_chat(R"({"object":"list","data":[]})", operation::embedding).cacheable);
}

TEST(answer, text_of_every_kind_is_counted) {
  EXPECT_EQ(read_chat(R"({"choices":[{"message":{"role":"assistant","content":"a\u00e9\n","reasoning_content":"bc",
    "tool_calls":[{"id":"call_1","type":"function","function":{"name":"fn","arguments":"{}"}}]},"finish_reason":"stop"},
    {"text":"xyz","finish_reason":"stop"}]})")
                .text_bytes,
            4U + 2U + 4U + 3U);
}

TEST(answer, every_prefix_is_not_well_formed) {
  const std::string body = answer_with(R"("usage":{"prompt_tokens":1,"completion_tokens":1},"m":"\u00e9")");
  for (std::size_t length = 0; length < body.size(); ++length) {
    EXPECT_FALSE(read_chat(body.substr(0, length)).well_formed) << length;
  }
  EXPECT_FALSE(read_chat(body + "x").well_formed);
  EXPECT_FALSE(read_chat("[]").well_formed);
  EXPECT_FALSE(read_chat("<html>502</html>").well_formed);
  EXPECT_FALSE(read_chat(R"({"choices":[{"message":{"content":"\q"},"finish_reason":"stop"}]})").well_formed);
  EXPECT_FALSE(read_chat(std::string(100'000, '[')).well_formed);
}

} // namespace
} // namespace inferenceflow::wire::openai
