#include "codecs/openai_responses/codec.h"
#include "codecs/openai_responses/data_url.h"
#include "codecs/openai_responses/error.h"

#include <gtest/gtest.h>

namespace inferenceflow::codecs::openai_responses {
namespace {

TEST(openai_responses_error, maps_status_and_code) {
  struct row {
    int status;
    const char* body;
    error_kind kind;
    error_source source;
    bool retryable;
  };
  const row rows[] = {
      {400, R"({"error":{"code":"unsupported_value"}})", error_kind::invalid_request, error_source::client, false},
      {400, R"({"error":{"code":"context_length_exceeded"}})", error_kind::context_too_long, error_source::client,
       false},
      {400, R"({"error":{"code":"model_not_found"}})", error_kind::model_not_found, error_source::client, false},
      {401, "{}", error_kind::forbidden, error_source::upstream, false},
      {403, "{}", error_kind::forbidden, error_source::upstream, false},
      {404, "{}", error_kind::not_found, error_source::client, false},
      {404, R"({"error":{"code":"model_not_found"}})", error_kind::model_not_found, error_source::client, false},
      {413, "", error_kind::body_too_large, error_source::client, false},
      {422, R"({"detail":"bad"})", error_kind::invalid_request, error_source::client, false},
      {429, R"({"error":{"code":"rate_limit_exceeded"}})", error_kind::rate_limited, error_source::upstream, true},
      {429, R"({"error":{"code":"insufficient_quota"}})", error_kind::rate_limited, error_source::upstream, false},
      {500, R"({"error":{"code":"invalid_prompt"}})", error_kind::upstream_failed, error_source::upstream, true},
      {502, "<html>", error_kind::upstream_failed, error_source::upstream, true},
      {503, "[]", error_kind::unavailable, error_source::upstream, true},
      {504, "7", error_kind::upstream_timeout, error_source::upstream, true},
      {418, "null", error_kind::upstream_failed, error_source::upstream, false},
  };
  for (const row& expected : rows) {
    const error why = codec{}.read_error(expected.status, expected.body, {});
    EXPECT_EQ(why.kind, expected.kind) << expected.status << expected.body;
    EXPECT_EQ(why.source, expected.source) << expected.status << expected.body;
    EXPECT_EQ(why.retryable, expected.retryable) << expected.status << expected.body;
    EXPECT_FALSE(why.message.empty());
  }
}

TEST(openai_responses_error, keeps_the_message_and_the_field) {
  const error why =
      codec{}.read_error(400, R"({"error":{"message":"Bad value.","param":"input[0]","code":null,"type":"x"}})", "");
  EXPECT_EQ(why.message, "Bad value.");
  EXPECT_EQ(why.param, "input[0]");
  EXPECT_EQ(codec{}.read_error(400, R"({"error":"plain"})", "").message, "plain");
  EXPECT_EQ(codec{}.read_error(400, R"({"detail":"other"})", "").message, "other");
  EXPECT_EQ(codec{}.read_error(500, "", "").message, "the provider answered with status 500");
}

TEST(openai_responses_error, reads_retry_after) {
  EXPECT_EQ(codec{}.read_error(429, "{}", "17").retry_after, std::chrono::seconds{17});
  EXPECT_EQ(codec{}.read_error(429, "{}", "1.5").retry_after, std::chrono::seconds{1});
  EXPECT_FALSE(codec{}.read_error(429, "{}", "Wed, 21 Oct 2026 07:28:00 GMT").retry_after.has_value());
  EXPECT_FALSE(codec{}.read_error(429, "{}", "-3").retry_after.has_value());
}

TEST(openai_responses_error, hides_keys_addresses_and_accounts) {
  EXPECT_EQ(without_secrets("Incorrect key: sk-abc***xyz. See https://example.com/keys."),
            "Incorrect key: [key]. See [link].");
  EXPECT_EQ(without_secrets("Limit for gpt-4o in organization org-AbC1 (proj_9) of a.b@example.com\nnow"),
            "Limit for gpt-4o in organization [account] ([account]) of [account]\nnow");
  EXPECT_EQ(without_secrets("  two  spaces and ... dots "), "  two  spaces and ... dots ");
}

TEST(openai_responses_error, writes_openais_document) {
  error why = make_error(error_kind::rate_limited, "Slow down.");
  why.retry_after = std::chrono::seconds{3};
  const auto written = codec{}.write_error(why);
  EXPECT_EQ(written.status, 429);
  EXPECT_EQ(written.content_type, "application/json");
  EXPECT_EQ(written.body,
            R"({"error":{"message":"Slow down.","type":"requests","param":null,"code":"rate_limit_exceeded"}})");
  ASSERT_EQ(written.headers.size(), 1U);
  EXPECT_EQ(written.headers[0].second, "3");
}

TEST(openai_responses_data_url, takes_urls_apart) {
  const auto held = parse_data_url("data:image/png;charset=x;base64,AAAA");
  ASSERT_TRUE(held.has_value());
  EXPECT_EQ(held->media_type, "image/png");
  EXPECT_EQ(held->base64, "AAAA");
  EXPECT_EQ(parse_data_url("data:;base64,")->media_type, "");
  for (const char* other : {"", "data:", "data:text/plain,hi", "https://example.org/;base64,", "data:base64,x"}) {
    EXPECT_FALSE(parse_data_url(other).has_value()) << other;
  }
  EXPECT_EQ(base64_of(""), "");
  EXPECT_EQ(base64_of("a"), "YQ==");
  EXPECT_EQ(base64_of("ab"), "YWI=");
  EXPECT_EQ(base64_of("abc\xff"), "YWJj/w==");
}

} // namespace
} // namespace inferenceflow::codecs::openai_responses
