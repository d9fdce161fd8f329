#include "providers/openai/answer_verdict.h"

#include <gtest/gtest.h>

namespace inferenceflow::providers::openai {
namespace {

answer told(int status, std::string body) {
  answer got;
  got.status = status;
  got.content_type = "text/plain";
  got.body = std::move(body);
  return got;
}

TEST(answer_verdict, an_error_that_names_nobody_passes_byte_for_byte) {
  const std::string body = "{\n \"error\" : {\"message\":\"slow down\",\"type\":\"requests\",\"code\":\"x\"} }\n";
  const auto passed = error_answer(told(429, body));
  ASSERT_TRUE(passed);
  EXPECT_EQ(passed->body, body);
  EXPECT_EQ(passed->status, 429);
  EXPECT_EQ(passed->content_type, "application/json");
}

TEST(answer_verdict, keys_addresses_and_accounts_are_taken_out_and_the_rest_stays) {
  const std::string head = R"({"error":{"message":"Limit of )";
  const std::string tail = R"(","type":"tokens","code":"rate_limit_exceeded"}})";
  const auto passed = error_answer(told(429, head + "org-AbCdEf123: see https://x.example/a" + tail));
  ASSERT_TRUE(passed);
  EXPECT_EQ(passed->body, head + "*** see (address)" + tail);
}

TEST(answer_verdict, what_cannot_be_cleaned_in_place_is_written_anew) {
  for (const char* body : {R"({"error":{"message":"see https:\/\/x.example\/a now","type":"t","code":null}})",
                           R"({"error":{"message":"the key \"sk-abcdefgh\" is bad","type":"t","code":null}})"}) {
    const auto passed = error_answer(told(500, body));
    ASSERT_TRUE(passed);
    EXPECT_EQ(passed->body.find("x.example"), std::string::npos) << passed->body;
    EXPECT_EQ(passed->body.find("sk-abcdefgh"), std::string::npos) << passed->body;
    EXPECT_NE(passed->body.find(R"({"error":{"message":)"), std::string::npos) << passed->body;
  }
}

TEST(answer_verdict, a_stream_with_an_error_event_did_not_end_well) {
  wire::openai::stream_facts facts;
  facts.done = true;
  EXPECT_FALSE(stream_verdict(facts));
  facts.is_error = true;
  ASSERT_TRUE(stream_verdict(facts));
  EXPECT_EQ(stream_verdict(facts)->kind, error_kind::upstream_failed);
}

} // namespace
} // namespace inferenceflow::providers::openai
