#include "codecs/cohere/codec.h"
#include "codecs/cohere/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferenceflow::codecs::cohere {
namespace {

const codec k_cohere;

struct expectation {
  int status;
  std::string_view message;
  error_kind kind;
  error_source source;
  bool retryable;
};

TEST(cohere_error, maps_status_and_message) {
  constexpr auto k_client = error_source::client;
  constexpr auto k_upstream = error_source::upstream;
  const std::vector<expectation> all = {
      {400, "invalid request: temperature must be between 0 and 1.0 inclusive.", error_kind::invalid_request, k_client,
       false},
      {400, "too many tokens: size limit exceeded by 11326 tokens.", error_kind::context_too_long, k_client, false},
      {401, "invalid api token", error_kind::forbidden, k_upstream, false},
      {402, "Maximum billing reached", error_kind::forbidden, k_upstream, false},
      {403, "no", error_kind::forbidden, k_upstream, false},
      {404, "model 'xyz' not found", error_kind::model_not_found, k_client, false},
      {413, "large", error_kind::body_too_large, k_client, false},
      {422, "unprocessable", error_kind::invalid_request, k_client, false},
      {429, "Please wait and try again later", error_kind::rate_limited, k_upstream, true},
      {498, "blocked", error_kind::forbidden, k_upstream, false},
      {499, "request cancelled", error_kind::upstream_failed, k_upstream, true},
      {500, "oops", error_kind::upstream_failed, k_upstream, true},
      {501, "not implemented", error_kind::upstream_failed, k_upstream, false},
      {503, "busy", error_kind::unavailable, k_upstream, true},
      {504, "late", error_kind::upstream_timeout, k_upstream, true},
  };
  for (const expectation& each : all) {
    const error read =
        k_cohere.read_error(each.status, R"({"id":"1","message":")" + std::string{each.message} + "\"}", "");
    EXPECT_EQ(read.kind, each.kind) << each.status;
    EXPECT_EQ(read.source, each.source) << each.status;
    EXPECT_EQ(read.retryable, each.retryable) << each.status;
    if (each.kind == error_kind::forbidden) {
      EXPECT_THAT(read.message, testing::HasSubstr("gateway"));
    } else {
      EXPECT_EQ(read.message, each.message);
    }
  }
}

TEST(cohere_error, tells_no_address_and_no_key) {
  EXPECT_EQ(without_addresses("see https://dashboard.cohere.com/x now, or me@x.example"),
            "see [address] now, or [address]");
  EXPECT_EQ(without_addresses("key 'AbCd1234AbCd1234AbCd1234AbCd1234AbCd1234' of command-a-reasoning-08-2025"),
            "key [hidden] of command-a-reasoning-08-2025");
  EXPECT_LE(without_addresses(std::string(5000, 'x')).size(), k_message_bytes_max);
}

TEST(cohere_error, understands_seconds_only) {
  EXPECT_EQ(k_cohere.read_error(429, "", "7").retry_after, std::chrono::seconds{7});
  EXPECT_EQ(k_cohere.read_error(429, "", "99999999999").retry_after, std::chrono::seconds{86'400});
  EXPECT_FALSE(k_cohere.read_error(429, "", "Wed, 21 Oct 2026 07:28:00 GMT").retry_after);
  EXPECT_FALSE(k_cohere.read_error(429, "", "").retry_after);
  EXPECT_EQ(k_cohere.read_error(500, "<html>", "").message, "the provider answered with status 500");
}

TEST(cohere_error, writes_coheres_document) {
  error why = make_error(error_kind::rate_limited, "slow \"down\"");
  why.retry_after = std::chrono::seconds{3};
  const auto written = k_cohere.write_error(why);
  EXPECT_EQ(written.status, 429);
  EXPECT_EQ(written.body, R"({"message":"slow \"down\""})");
  EXPECT_THAT(written.headers, testing::ElementsAre(testing::Pair("retry-after", "3")));
  EXPECT_EQ(k_cohere.write_error(make_error(error_kind::internal, "")).body, R"({"message":"internal"})");
  EXPECT_EQ(k_cohere.write_error(make_error(error_kind::upstream_failed, "x")).status, 502);
}

} // namespace
} // namespace inferenceflow::codecs::cohere
