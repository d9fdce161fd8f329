#include "wire/openai/completion_text.h"
#include "wire/openai/stream_replay.h"

#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::wire::openai {
namespace {

std::string document(std::string_view choices) {
  return R"({"id":"c","object":"text_completion","created":1,"model":"m","choices":[)" + std::string{choices} + "]}";
}

constexpr std::string_view k_said = R"({"index":0,"text":"once upon","finish_reason":"stop","logprobs":null})";

TEST(completion_text, is_the_only_choices) {
  EXPECT_EQ(completion_text(false, document(k_said)), "once upon");
}

TEST(completion_text, a_stream_says_the_same_and_only_when_it_is_whole) {
  const auto stream = replay_as_stream(operation::completion, document(k_said), false);
  ASSERT_TRUE(stream.has_value());
  EXPECT_EQ(completion_text(true, *stream), "once upon");
  const std::size_t end = stream->find("data: [DONE]");
  ASSERT_NE(end, std::string::npos);
  for (std::size_t size = 0; size < end; ++size) {
    EXPECT_EQ(completion_text(true, stream->substr(0, size)), std::nullopt) << size;
  }
}

TEST(completion_text, there_is_none_in_anything_else) {
  for (const std::string& body :
       {std::string{}, std::string{"[]"}, std::string{"{}"}, std::string{R"({"choices":{}})"}, document(""),
        document("1"), document(std::string{k_said} + "," + std::string{k_said}),
        document(R"({"index":0,"text":"cut","finish_reason":"length"})"),
        document(R"({"index":0,"text":"open","finish_reason":null})"),
        document(R"({"index":0,"text":"","finish_reason":"stop"})"), document(R"({"index":0,"finish_reason":"stop"})"),
        document(k_said).substr(0, 40)}) {
    EXPECT_EQ(completion_text(false, body), std::nullopt) << body;
  }
}

} // namespace
} // namespace inferenceflow::wire::openai
