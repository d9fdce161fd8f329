#include "providers/translation/embedding_translation.h"

#include <gtest/gtest.h>

namespace inferenceflow::providers::translation {
namespace {

using dialogue::protocol;

TEST(embedding_translation, reads_what_openai_clients_send) {
  const auto one = read_wish(R"({"model":"m","input":"a"})");
  ASSERT_TRUE(one);
  EXPECT_EQ(one->inputs, std::vector<std::string>{"a"});
  EXPECT_FALSE(one->base64);
  const auto more = read_wish(R"({"input":["a","b"],"dimensions":3,"encoding_format":"base64","user":"u"})");
  ASSERT_TRUE(more);
  EXPECT_EQ(more->inputs.size(), 2U);
  EXPECT_EQ(more->dimensions, 3);
  EXPECT_TRUE(more->base64);
  EXPECT_EQ(read_wish(R"({"input":[[1,2]]})").error().param, "input[0]");
  for (const auto* wrong : {"", "{", "[]", "{}", R"({"input":null})", R"({"input":{}})", R"({"input":7})",
                            R"({"input":"a","dimensions":-1})", R"({"input":"a","encoding_format":7})"}) {
    EXPECT_FALSE(read_wish(wrong)) << wrong;
  }
}

TEST(embedding_translation, bounds_are_the_providers) {
  const embedding_wish most{.inputs = std::vector<std::string>(k_cohere_inputs_max, "x"), .dimensions = {}};
  EXPECT_TRUE(write_wish(most, protocol::cohere, "m"));
  embedding_wish more = most;
  more.inputs.emplace_back("x");
  EXPECT_EQ(write_wish(more, protocol::cohere, "m").error().param, "input");
  EXPECT_TRUE(write_wish(more, protocol::gemini, "m"));
}

TEST(embedding_translation, base64_is_little_endian_float32) {
  const embedding_wish wish{.inputs = {"a"}, .dimensions = {}, .base64 = true};
  const auto told = translate_answer(R"({"embedding":{"values":[1.0,-2.0]}})", protocol::gemini, wish, "m\"x", 5);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->body, R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":"AACAPwAAAMA="}],)"
                        R"("model":"m\"x","usage":{"prompt_tokens":5,"total_tokens":5}})");
  EXPECT_FALSE(told->tokens);
}

TEST(embedding_translation, another_number_of_vectors_is_no_answer) {
  const embedding_wish wish{.inputs = {"a", "b"}, .dimensions = {}};
  EXPECT_EQ(translate_answer(R"({"embeddings":[{"values":[1]}]})", protocol::gemini, wish, "m", 0).error().kind,
            error_kind::upstream_failed);
  EXPECT_EQ(translate_answer("{}", protocol::cohere, wish, "m", 0).error().kind, error_kind::upstream_failed);
}

} // namespace
} // namespace inferenceflow::providers::translation
