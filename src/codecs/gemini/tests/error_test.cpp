#include "codecs/gemini/tests/samples.h"

namespace inferenceflow::codecs::gemini {
namespace {

error read(int status, std::string_view body, std::string_view retry_after = {}) {
  return codec{}.read_error(status, body, retry_after);
}

TEST(gemini_error, kinds_follow_status_and_document) {
  struct row {
    int status;
    std::string_view body;
    error_kind kind;
    error_source source;
    bool retryable;
  };
  const std::vector<row> rows = {
      {400, R"({"error": {"message": "bad temperature"}})", error_kind::invalid_request, error_source::client, false},
      {400, R"({"error": {"message": "The input token count (9) exceeds the maximum number of tokens allowed (8)."}})",
       error_kind::context_too_long, error_source::client, false},
      {400, R"({"error": {"message": "API key not valid.", "details": [{"reason": "API_KEY_INVALID"}]}})",
       error_kind::forbidden, error_source::upstream, false},
      {400, R"({"error": {"message": "User location is not supported", "status": "FAILED_PRECONDITION"}})",
       error_kind::forbidden, error_source::upstream, false},
      {401, "", error_kind::forbidden, error_source::upstream, false},
      {403, R"({"error": {"message": "project 12 is off"}})", error_kind::forbidden, error_source::upstream, false},
      {404, R"({"error": {"message": "models/x is not found"}})", error_kind::model_not_found, error_source::client,
       false},
      {404, "<html>", error_kind::not_found, error_source::client, false},
      {413, "", error_kind::body_too_large, error_source::client, false},
      {422, "", error_kind::invalid_request, error_source::client, false},
      {429, "", error_kind::rate_limited, error_source::upstream, true},
      {499, "", error_kind::upstream_failed, error_source::upstream, true},
      {500, "", error_kind::upstream_failed, error_source::upstream, true},
      {503, "", error_kind::unavailable, error_source::upstream, true},
      {504, "", error_kind::upstream_timeout, error_source::upstream, true},
      {302, "", error_kind::upstream_failed, error_source::upstream, true},
  };
  for (const row& of : rows) {
    const error why = read(of.status, of.body);
    EXPECT_EQ(why.kind, of.kind) << of.status << of.body;
    EXPECT_EQ(why.source, of.source) << of.status;
    EXPECT_EQ(why.retryable, of.retryable) << of.status;
    EXPECT_FALSE(why.message.empty());
  }
}

TEST(gemini_error, takes_the_wait_from_header_or_document) {
  const std::string_view body = R"([{"error": {"code": 429, "message": "quota", "status": "RESOURCE_EXHAUSTED",
    "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.07s"}]}}])";
  EXPECT_EQ(read(429, body).retry_after, std::chrono::seconds{35});
  EXPECT_EQ(read(429, body, "7").retry_after, std::chrono::seconds{7});
  EXPECT_EQ(read(429, "", "Wed, 21 Oct 2015 07:28:00 GMT").retry_after, std::nullopt);
  EXPECT_EQ(read(429, body).message, "quota");
}

TEST(gemini_error, says_nothing_of_the_operators) {
  const error why =
      read(400, R"({"error": {"message": "See https://console.cloud.google.com/x?project=9. Key AIzaSyA-1, )"
                R"(Model `projects/p/locations/l/publishers/google/models/m` of projects/77 for a@b.iam.example."}})");
  EXPECT_EQ(why.message, "See [link] Key [key], Model `models/m` of [account] for [account]");
}

TEST(gemini_error, names_the_field_that_google_names) {
  EXPECT_EQ(
      read(400, R"({"error": {"message": "m", "details": [{"fieldViolations": [{"field": "contents[0]"}]}]}})").param,
      "contents[0]");
}

TEST(gemini_error, odd_documents_do_no_harm) {
  for (const std::string_view body :
       {"[]", "[1]", "1", R"({"error": 3})", R"({"error": {"message": 3, "code": "x"}})",
        R"({"error": {"details": [1, {"fieldViolations": [2]}, {"retryDelay": "-1s"}]}})"}) {
    EXPECT_EQ(read(400, body).kind, error_kind::invalid_request) << body;
  }
  EXPECT_EQ(read(400, R"({"error": "invalid_grant", "error_description": "expired"})").message, "expired");
}

TEST(gemini_error, writes_googles_document) {
  error why = make_error(error_kind::rate_limited, "slow \"down\"");
  why.retry_after = std::chrono::seconds{3};
  const dialogue::written_error written = codec{}.write_error(why);
  EXPECT_EQ(written.status, 429);
  EXPECT_EQ(written.headers, (std::vector<std::pair<std::string, std::string>>{{"Retry-After", "3"}}));
  EXPECT_EQ(written.body, R"({"error":{"code":429,"message":"slow \"down\"","status":"RESOURCE_EXHAUSTED","details":[)"
                          R"({"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"3s"}]}})");
  EXPECT_EQ(read(429, written.body).retry_after, why.retry_after);
}

TEST(gemini_error, kinds_survive_writing_and_reading) {
  for (const error_kind kind : {error_kind::invalid_request, error_kind::model_not_found, error_kind::rate_limited,
                                error_kind::unavailable, error_kind::upstream_timeout, error_kind::upstream_failed}) {
    const dialogue::written_error written = codec{}.write_error(make_error(kind, "the model says no", "tools[0]"));
    EXPECT_EQ(read(written.status, written.body).kind, kind);
    EXPECT_EQ(read(written.status, written.body).param, "tools[0]");
  }
}

} // namespace
} // namespace inferenceflow::codecs::gemini
