#include "codecs/gemini/codec.h"
#include "codecs/gemini/count_tokens.h"

#include <gtest/gtest.h>

namespace inferenceflow::codecs::gemini {
namespace {

constexpr dialogue::request_target k_target{.path = "/v1beta/models/m:countTokens", .query = {}};

TEST(count_tokens, contents_alone_or_a_whole_request) {
  const auto alone = read_count_request(R"({"contents":[{"role":"user","parts":[{"text":"hi"}]}]})", k_target);
  ASSERT_TRUE(alone) << alone.error().message;
  EXPECT_EQ(alone->model, "m");
  EXPECT_FALSE(alone->stream);
  const auto whole = read_count_request(
      R"({"generateContentRequest":{"model":"models/m","contents":[{"role":"user","parts":[{"text":"hi"}]}]}})",
      k_target);
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(whole->messages, alone->messages);
  for (const auto* wrong : {"", "{", "[]", "{}", R"({"contents":7})", R"({"generateContentRequest":7})"}) {
    EXPECT_FALSE(read_count_request(wrong, k_target)) << wrong;
  }
}

TEST(count_tokens, a_backend_gets_the_whole_request) {
  auto asked = read_count_request(R"({"contents":[{"role":"user","parts":[{"text":"hi"}]}]})", k_target);
  ASSERT_TRUE(asked);
  asked->stream = true;
  const auto written = write_count_request(*asked, "gemini-x");
  ASSERT_TRUE(written);
  EXPECT_EQ(written->path, "/v1beta/models/gemini-x:countTokens");
  EXPECT_EQ(written->body.rfind(R"({"generateContentRequest":{"model":"models/gemini-x","contents":)", 0), 0U)
      << written->body;
  const auto again = read_count_request(written->body, {.path = written->path, .query = {}});
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->messages, asked->messages);
}

TEST(count_tokens, answers) {
  EXPECT_EQ(*read_count_answer(write_count_answer(31)), 31);
  EXPECT_EQ(*read_count_answer(R"({"totalTokens":7,"promptTokensDetails":[]})"), 7);
  for (const auto* wrong : {"", "{}", "[]", R"({"totalTokens":-1})", R"({"totalTokens":"x"})"}) {
    EXPECT_EQ(read_count_answer(wrong).error().kind, error_kind::upstream_failed) << wrong;
  }
}

} // namespace
} // namespace inferenceflow::codecs::gemini
