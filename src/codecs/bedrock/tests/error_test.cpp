#include "codecs/bedrock/error.h"

#include <gtest/gtest.h>

namespace {

using namespace inferenceflow;
namespace bedrock = codecs::bedrock;

struct error_case {
  int status;
  std::string_view body;
  error_kind kind;
  error_source source;
  bool retryable;
};

TEST(bedrock_error, kinds) {
  constexpr auto client = error_source::client;
  constexpr auto upstream = error_source::upstream;
  const std::vector<error_case> cases{
      {400, R"({"message":"maxTokens must be positive"})", error_kind::invalid_request, client, false},
      {400, R"({"message":"The provided model identifier is invalid."})", error_kind::model_not_found, client, false},
      {400, R"({"message":"Input is too long for requested model."})", error_kind::context_too_long, client, false},
      {400, R"({"message":"prompt is too long: 210000 tokens > 200000 maximum"})", error_kind::context_too_long, client,
       false},
      {400, R"({"__type":"com.amazonaws#ServiceQuotaExceededException","message":"q"})", error_kind::rate_limited,
       upstream, true},
      {403, R"({"message":"The security token included in the request is invalid."})", error_kind::forbidden, upstream,
       false},
      {403, R"({"__type":"UnrecognizedClientException","message":"x"})", error_kind::forbidden, upstream, false},
      {401, R"({"message":"x"})", error_kind::forbidden, upstream, false},
      {404, R"({"message":"no"})", error_kind::model_not_found, client, false},
      {408, R"({"message":"took too long"})", error_kind::upstream_timeout, upstream, true},
      {413, "", error_kind::body_too_large, client, false},
      {422, "{}", error_kind::invalid_request, client, false},
      {424, R"({"message":"The model broke","originalStatusCode":500})", error_kind::upstream_failed, upstream, true},
      {429, R"({"message":"Too many tokens, please wait before trying again."})", error_kind::rate_limited, upstream,
       true},
      {429, R"({"__type":"ModelNotReadyException","message":"warming up"})", error_kind::unavailable, upstream, true},
      {500, "<html>", error_kind::upstream_failed, upstream, true},
      {503, R"({"Message":"busy"})", error_kind::unavailable, upstream, true},
      {504, "null", error_kind::upstream_timeout, upstream, true},
  };
  for (const auto& one : cases) {
    const error why = bedrock::read_error(one.status, one.body, "");
    EXPECT_EQ(why.kind, one.kind) << one.status << one.body;
    EXPECT_EQ(why.source, one.source) << one.status << one.body;
    EXPECT_EQ(why.retryable, one.retryable) << one.status << one.body;
    EXPECT_FALSE(why.message.empty());
  }
}

TEST(bedrock_error, a_bad_key_is_the_gateways) {
  const error why = bedrock::read_error(403, R"({"__type":"ExpiredTokenException","message":"token x expired"})", "");
  EXPECT_EQ(why.message.find("token x"), std::string::npos);
  EXPECT_NE(why.message.find("the key that the gateway is configured with"), std::string::npos);
}

TEST(bedrock_error, retry_after) {
  using std::chrono::seconds;
  EXPECT_EQ(bedrock::read_error(429, "{}", "7").retry_after, seconds{7});
  EXPECT_EQ(bedrock::read_error(429, "{}", "99999999").retry_after, seconds{86400});
  for (const std::string_view value : {"", "-1", "7s", "Wed, 21 Oct 2015 07:28:00 GMT"}) {
    EXPECT_EQ(bedrock::read_error(429, "{}", value).retry_after, std::nullopt) << value;
  }
}

TEST(bedrock_error, messages_tell_no_secrets) {
  EXPECT_EQ(bedrock::without_secrets("User: arn:aws:sts::123456789012:assumed-role/x/y is not authorized to perform: "
                                     "bedrock:InvokeModel on resource: arn:aws:bedrock:us-east-1::foundation-model/z."),
            "User: [arn] is not authorized to perform: bedrock:InvokeModel on resource: [arn].");
  EXPECT_EQ(bedrock::without_secrets("account 123456789012 (see https://x.aws/y?z)"), "account [account] (see [url])");
  EXPECT_EQ(bedrock::without_secrets("key AKIAIOSFODNN7EXAMPLE, 1234567890123"), "key [key], 1234567890123");
  EXPECT_EQ(bedrock::without_secrets("AKIA is a prefix; learn: it"), "AKIA is a prefix; learn: it");
}

TEST(bedrock_error, exceptions_of_a_stream) {
  EXPECT_EQ(bedrock::read_exception("throttlingException", R"({"message":"slow down"})").kind,
            error_kind::rate_limited);
  EXPECT_EQ(bedrock::read_exception("modelStreamErrorException", R"({"originalMessage":"m"})").kind,
            error_kind::upstream_failed);
  EXPECT_EQ(bedrock::read_exception("validationException", R"({"message":"bad"})").source, error_source::client);
  EXPECT_EQ(bedrock::read_exception("tomorrowsException", "").kind, error_kind::upstream_failed);
  EXPECT_EQ(bedrock::read_exception("InternalServerError", "").kind, error_kind::upstream_failed);
}

TEST(bedrock_error, written_as_aws_does) {
  const auto written = bedrock::write_error(make_error(error_kind::rate_limited, "slow \"down\""));
  EXPECT_EQ(written.status, 429);
  EXPECT_EQ(written.body, R"({"message":"slow \"down\""})");
  ASSERT_EQ(written.headers.size(), 1U);
  EXPECT_EQ(written.headers[0].first, "x-amzn-errortype");
  EXPECT_EQ(written.headers[0].second, "ThrottlingException");
  error later = make_error(error_kind::rate_limited, "");
  later.retry_after = std::chrono::seconds{7};
  const std::pair<std::string, std::string> wait{"Retry-After", "7"};
  EXPECT_EQ(bedrock::write_error(later).headers.back(), wait);
  EXPECT_EQ(bedrock::write_error(make_error(error_kind::upstream_failed, "")).status, 500);
  error broken = make_error(error_kind::upstream_failed, "");
  broken.retryable = false;
  EXPECT_EQ(bedrock::write_error(broken).status, 424);
  EXPECT_EQ(bedrock::write_error(broken).body, R"({"message":"upstream_failed"})");
}

// Whatever one instance of this server writes, another reads as the same kind.
TEST(bedrock_error, written_errors_are_read_back) {
  for (const error_kind kind :
       {error_kind::invalid_request, error_kind::forbidden, error_kind::model_not_found, error_kind::body_too_large,
        error_kind::rate_limited, error_kind::upstream_failed, error_kind::unavailable, error_kind::upstream_timeout}) {
    const auto written = bedrock::write_error(make_error(kind, "m"));
    EXPECT_EQ(bedrock::read_error(written.status, written.body, "").kind, kind) << to_string(kind);
  }
}

} // namespace
