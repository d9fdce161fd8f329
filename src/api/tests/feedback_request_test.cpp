#include "api/feedback_request.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace inferenceflow::api {
namespace {

TEST(feedback_request, a_score_or_a_label) {
  const auto scored = read_feedback(R"({"request_id":"a-1","score":0.25,"comment":"so so"})");
  ASSERT_TRUE(scored.has_value()) << scored.error().message;
  EXPECT_EQ(scored->request_id, "a-1");
  EXPECT_EQ(scored->score, 0.25);
  EXPECT_EQ(scored->comment, "so so");
  EXPECT_EQ(scored->label, "");
  EXPECT_EQ(read_feedback(R"({"request_id":"a","score":1})")->score, 1.0);
  EXPECT_EQ(read_feedback(R"({"request_id":"a","score":0,"label":null})")->score, 0.0);
  EXPECT_EQ(read_feedback(R"({"request_id":"a","label":"good","else":[1]})")->score, 1.0);
  EXPECT_EQ(read_feedback(R"({"request_id":"a","label":"wrong"})")->score, 0.0);
  EXPECT_EQ(read_feedback(R"({"request_id":"a","label":"wrong"})")->label, "wrong");
  EXPECT_EQ(read_feedback(R"({"request_id":"a","label":"Good"})")->score, std::nullopt) << "a label of one's own";
  EXPECT_EQ(read_feedback(R"({"request_id":"a","label":"zu lang 😀"})")->label, "zu lang 😀");
}

TEST(feedback_request, of_a_repeated_member_the_last_counts) {
  EXPECT_EQ(read_feedback(R"({"request_id":"a","score":1,"score":0})")->score, 0.0);
}

TEST(feedback_request, what_is_wrong_is_named) {
  const std::pair<std::string, const char*> all[] = {
      {"", ""},
      {"[]", ""},
      {"null", ""},
      {R"({"request_id":"a","score":1)", ""},
      {R"({"score":1})", "request_id"},
      {R"({"request_id":"","score":1})", "request_id"},
      {R"({"request_id":7,"score":1})", "request_id"},
      {R"({"request_id":"a b","score":1})", "request_id"},
      {fmt::format(R"({{"request_id":"{:a>129}","score":1}})", ""), "request_id"},
      {R"({"request_id":"a"})", "score"},
      {R"({"request_id":"a","score":1,"label":"good"})", "score"},
      {R"({"request_id":"a","score":1.01})", "score"},
      {R"({"request_id":"a","score":-0.01})", "score"},
      {R"({"request_id":"a","score":1e999})", "score"},
      {R"({"request_id":"a","score":"1"})", "score"},
      {R"({"request_id":"a","score":true})", "score"},
      {R"({"request_id":"a","label":""})", "label"},
      {R"({"request_id":"a","label":"a\nb"})", "label"},
      {"{\"request_id\":\"a\",\"label\":\"a\x7f\"}", "label"},
      {fmt::format(R"({{"request_id":"a","label":"{:x>65}"}})", ""), "label"},
      {fmt::format(R"({{"request_id":"a","score":1,"comment":"{:x>2049}"}})", ""), "comment"},
      {R"({"request_id":"a","score":1,"comment":[]})", "comment"},
  };
  for (const auto& [body, param] : all) {
    const auto refused = read_feedback(body);
    ASSERT_TRUE(refused.has_error()) << body;
    EXPECT_EQ(refused.error().kind, error_kind::invalid_request) << body;
    EXPECT_EQ(refused.error().param, param) << body;
  }
}

TEST(feedback_request, a_huge_one_is_not_even_read) {
  const auto refused = read_feedback(std::string(k_feedback_body_bytes_max + 1, '['));
  EXPECT_EQ(refused.error().kind, error_kind::body_too_large);
  EXPECT_EQ(read_feedback(std::string(k_feedback_body_bytes_max, '[')).error().kind, error_kind::invalid_request);
}

} // namespace
} // namespace inferenceflow::api
