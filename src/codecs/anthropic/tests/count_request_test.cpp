#include "codecs/anthropic/count_tokens.h"

#include <gtest/gtest.h>

namespace inferenceflow::codecs::anthropic {
namespace {

TEST(count_request, holds_the_prompt_and_nothing_else) {
  const auto asked =
      read_count_request(R"({"model":"m","system":"be brief","messages":[{"role":"user","content":"hi"}],)"
                         R"("tools":[{"name":"f","input_schema":{"type":"object"}}]})");
  ASSERT_TRUE(asked) << asked.error().message;
  dialogue::request more = *asked;
  more.tokens_max = 9;
  more.sample.temperature = 0.5;
  more.stop = {"x"};
  more.stream = true;
  const auto written = write_count_request(more, "claude-x");
  ASSERT_TRUE(written);
  EXPECT_EQ(written->path, "/v1/messages/count_tokens");
  for (const auto* field : {"max_tokens", "temperature", "stop_sequences", "stream"}) {
    EXPECT_EQ(written->body.find(field), std::string::npos) << field << ' ' << written->body;
  }
  const auto again = read_count_request(written->body);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->model, "claude-x");
  EXPECT_EQ(again->messages, asked->messages);
  EXPECT_EQ(again->tools, asked->tools);
}

TEST(count_request, answers) {
  EXPECT_EQ(*read_count_answer(write_count_answer(31)), 31);
  for (const auto* wrong : {"", "{}", "[]", R"({"input_tokens":-1})", R"({"input_tokens":"x"})"}) {
    EXPECT_EQ(read_count_answer(wrong).error().kind, error_kind::upstream_failed) << wrong;
  }
}

} // namespace
} // namespace inferenceflow::codecs::anthropic
