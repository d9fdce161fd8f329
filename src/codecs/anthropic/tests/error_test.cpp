#include "codecs/anthropic/codec.h"
#include "codecs/anthropic/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::codecs::anthropic {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string document(std::string_view type, std::string_view message) {
  return R"({"type":"error","error":{"type":")" + std::string{type} + R"(","message":")" + std::string{message} +
         R"("},"request_id":"req_1"})";
}

struct expected_error {
  int status;
  std::string body;
  error_kind kind;
  error_source source;
  bool retryable;
};

TEST(read_error, knows_whose_fault_it_is) {
  const expected_error cases[] = {
      {400, document("invalid_request_error", "max_tokens: must be at least 1"), error_kind::invalid_request,
       error_source::client, false},
      {400, document("invalid_request_error", "prompt is too long: 9 tokens > 8 maximum"), error_kind::context_too_long,
       error_source::client, false},
      {400, document("invalid_request_error", "Your credit balance is too low"), error_kind::forbidden,
       error_source::upstream, false},
      {401, document("authentication_error", "invalid x-api-key"), error_kind::forbidden, error_source::upstream,
       false},
      {402, document("billing_error", "pay"), error_kind::forbidden, error_source::upstream, false},
      {403, document("permission_error", "no"), error_kind::forbidden, error_source::upstream, false},
      {404, document("not_found_error", "model: claude-9"), error_kind::model_not_found, error_source::client, false},
      {404, "", error_kind::not_found, error_source::client, false},
      {413, document("request_too_large", "too large"), error_kind::body_too_large, error_source::client, false},
      {422, "{}", error_kind::invalid_request, error_source::client, false},
      {429, document("rate_limit_error", "slow"), error_kind::rate_limited, error_source::upstream, true},
      {500, document("api_error", "oops"), error_kind::upstream_failed, error_source::upstream, true},
      {502, "<html>", error_kind::upstream_failed, error_source::upstream, true},
      {503, "", error_kind::unavailable, error_source::upstream, true},
      {504, document("timeout_error", "late"), error_kind::upstream_timeout, error_source::upstream, true},
      {529, document("overloaded_error", "Overloaded"), error_kind::unavailable, error_source::upstream, true},
      {418, "", error_kind::upstream_failed, error_source::upstream, false},
      {302, "", error_kind::upstream_failed, error_source::upstream, true},
  };
  for (const expected_error& each : cases) {
    const error read = codec{}.read_error(each.status, each.body, "");
    EXPECT_EQ(read.kind, each.kind) << each.status << each.body;
    EXPECT_EQ(read.source, each.source) << each.status << each.body;
    EXPECT_EQ(read.retryable, each.retryable) << each.status << each.body;
    EXPECT_FALSE(read.message.empty());
  }
}

TEST(read_error, passes_the_message_on_without_what_is_private) {
  const error read = codec{}.read_error(
      429,
      document("rate_limit_error", "Limit of organization (org: 01234567-89ab-cdef-0123-456789abcdef) with sk-ant-x; "
                                   "risk-free, see https://docs.example.com"),
      "17");
  EXPECT_EQ(read.message, "Limit of organization (org: *** with *** risk-free, see ***");
  EXPECT_EQ(read.retry_after, std::chrono::seconds{17});
}

TEST(read_error, keeps_the_gateways_key_out_of_it) {
  const error read = codec{}.read_error(401, document("authentication_error", "invalid x-api-key sk-ant-1"), "soon");
  EXPECT_THAT(read.message, Not(HasSubstr("x-api-key")));
  EXPECT_FALSE(read.retry_after.has_value());
}

TEST(read_error, cuts_long_messages_at_a_character) {
  std::string message(k_error_message_bytes_max - 1, 'a');
  message += "ü";
  const error read = codec{}.read_error(400, document("invalid_request_error", message), "");
  EXPECT_EQ(read.message, std::string(k_error_message_bytes_max - 1, 'a'));
}

TEST(write_error, speaks_anthropic) {
  error why = make_error(error_kind::rate_limited, "slow \"down\"");
  why.retry_after = std::chrono::seconds{3};
  const auto made = codec{}.write_error(why);
  EXPECT_EQ(made.status, 429);
  EXPECT_EQ(made.content_type, "application/json");
  EXPECT_EQ(made.body, R"({"type":"error","error":{"type":"rate_limit_error","message":"slow \"down\""}})");
  ASSERT_EQ(made.headers.size(), 1U);
  EXPECT_EQ(made.headers[0].second, "3");
  EXPECT_EQ(codec{}.write_error(make_error(error_kind::unavailable, "")).status, 529);
}

TEST(write_error, comes_back_as_the_same_kind) {
  for (const error_kind kind : {error_kind::invalid_request, error_kind::body_too_large, error_kind::rate_limited,
                                error_kind::upstream_failed, error_kind::unavailable, error_kind::upstream_timeout}) {
    const auto made = codec{}.write_error(make_error(kind, "words"));
    const error read = codec{}.read_error(made.status, made.body, "");
    EXPECT_EQ(read.kind, kind);
    EXPECT_EQ(read.message, "words");
  }
}

} // namespace
} // namespace inferenceflow::codecs::anthropic
