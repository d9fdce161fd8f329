#include "codecs/openai_chat/error.h"
#include "codecs/openai_chat/tests/samples.h"
#include "codecs/openai_chat/text_ruler.h"
#include "dialogue/scrub.h"

namespace inferenceflow::codecs::openai_chat {
namespace {

error read(int status, std::string_view body, std::string_view retry_after = {}) {
  return codec{}.read_error(status, body, retry_after);
}

TEST(error, kinds_and_whose_fault) {
  struct row {
    int status;
    std::string_view body;
    error_kind kind;
    error_source source;
    bool retryable;
  };
  constexpr auto k_client = error_source::client;
  constexpr auto k_upstream = error_source::upstream;
  const row rows[] = {
      {400, R"({"error":{"message":"m","param":"n"}})", error_kind::invalid_request, k_client, false},
      {400, R"({"error":{"code":"context_length_exceeded"}})", error_kind::context_too_long, k_client, false},
      {400, R"({"object":"error","message":"This model's maximum context length is 10"})", error_kind::context_too_long,
       k_client, false},
      {401, R"({"error":{"message":"Incorrect API key provided: sk-abcdefgh"}})", error_kind::forbidden, k_upstream,
       false},
      {402, "", error_kind::upstream_failed, k_upstream, false},
      {404, R"({"error":{"code":"model_not_found"}})", error_kind::model_not_found, k_client, false},
      {404, "<html>", error_kind::not_found, k_client, false},
      {408, "", error_kind::upstream_timeout, k_upstream, true},
      {413, "", error_kind::body_too_large, k_client, false},
      {422, R"({"detail":[{"msg":"too big","loc":["body","top_k"]}]})", error_kind::invalid_request, k_client, false},
      {429, R"({"error":{"type":"tokens"}})", error_kind::rate_limited, k_upstream, true},
      {429, R"({"error":{"code":"insufficient_quota"}})", error_kind::rate_limited, k_upstream, false},
      {500, "", error_kind::upstream_failed, k_upstream, true},
      {503, "", error_kind::unavailable, k_upstream, true},
      {504, "", error_kind::upstream_timeout, k_upstream, true},
      {529, "", error_kind::unavailable, k_upstream, true},
  };
  for (const row& one : rows) {
    const error got = read(one.status, one.body);
    EXPECT_EQ(got.kind, one.kind) << one.status << one.body;
    EXPECT_EQ(got.source, one.source) << one.status << one.body;
    EXPECT_EQ(got.retryable, one.retryable) << one.status << one.body;
    EXPECT_FALSE(got.message.empty());
  }
}

TEST(error, messages_of_every_shape) {
  EXPECT_EQ(read(400, R"({"error":{"message":"m"}})").message, "m");
  EXPECT_EQ(read(400, R"({"error":"m"})").message, "m");
  EXPECT_EQ(read(400, R"({"code":"c","error":"m"})").message, "m");
  EXPECT_EQ(read(400, R"([{"error":{"code":400,"message":"m"}}])").message, "m");
  EXPECT_EQ(read(400, R"({"detail":"m"})").message, "m");
  EXPECT_EQ(read(422, R"({"detail":[{"msg":"m","loc":["body","a",0]}]})").message, "a.0: m");
  EXPECT_EQ(read(422, R"({"object":"error","message":{"detail":[{"msg":"m","loc":["body","a"]}]}})").param, "a");
  EXPECT_EQ(read(400, R"({"message":"m"})").message, "m");
  EXPECT_EQ(read(502, R"({"error":{"message":"Provider returned error","metadata":{"raw":"m"}}})").message,
            "Provider returned error: m");
  EXPECT_EQ(read(502, "<html>bad gateway</html>").message, "the provider answered with status 502");
  EXPECT_EQ(read(400, R"({"error":{"message":"m","param":"messages[0].role"}})").param, "messages[0].role");
}

TEST(error, retry_after) {
  EXPECT_EQ(read(429, "", "7").retry_after, std::chrono::seconds{7});
  EXPECT_EQ(read(429, "", "7.2").retry_after, std::chrono::seconds{8});
  EXPECT_EQ(read(429, "", "1e300").retry_after, std::chrono::seconds{86'400});
  EXPECT_EQ(read(429, "", "Wed, 21 Oct 2026 07:28:00 GMT").retry_after, std::nullopt);
  EXPECT_EQ(read(429, "", "-1").retry_after, std::nullopt);
  EXPECT_EQ(read(429, "").retry_after, std::nullopt);
}

TEST(error, nothing_of_the_account_is_passed_on) {
  EXPECT_EQ(dialogue::scrubbed("Rate limit reached for gpt-4o in organization org-AbC123 on tokens: see "
                               "https://platform.example/limits."),
            "Rate limit reached for gpt-4o in organization *** on tokens: see (address)");
  EXPECT_EQ(dialogue::scrubbed("key sk-proj-1234 (gsk_abcdefgh), mail a.b@c.example"), "key *** (***), mail (address)");
  EXPECT_EQ(dialogue::scrubbed("token 0123456789abcdef0123456789abcdef"), "token ***");
  EXPECT_EQ(dialogue::scrubbed("The model `deepseek-r1-distill-llama-70b-versatile-preview` does not exist"),
            "The model `deepseek-r1-distill-llama-70b-versatile-preview` does not exist");
  EXPECT_EQ(dialogue::scrubbed("my-resource.openai.azure.com is gone"), "(address) is gone");
  EXPECT_LE(dialogue::scrubbed(std::string(5000, 'x')).size(), 2048U);
}

TEST(error, written_as_openai_does) {
  error why = make_error(error_kind::rate_limited, "slow down");
  why.retry_after = std::chrono::seconds{3};
  const auto written = codec{}.write_error(why);
  EXPECT_EQ(written.status, 429);
  EXPECT_EQ(written.headers, (std::vector<std::pair<std::string, std::string>>{{"Retry-After", "3"}}));
  EXPECT_EQ(written.body, R"({"error":{"message":"slow down","type":"requests","param":null,)"
                          R"("code":"rate_limit_exceeded"}})");
}

TEST(text_ruler, counts_both_ways) {
  text_ruler said;
  said.append("aü");
  said.append("€b");
  EXPECT_EQ(said.bytes(), 7);
  for (const auto& [character, byte] : {std::pair{0, 0}, {1, 1}, {2, 3}, {3, 6}, {4, 7}}) {
    EXPECT_EQ(said.byte_of(character), byte);
    EXPECT_EQ(said.character_of(byte), character);
  }
  EXPECT_EQ(said.byte_of(5), -1);
  EXPECT_EQ(said.byte_of(-1), -1);
  EXPECT_EQ(said.character_of(8), -1);
}

} // namespace
} // namespace inferenceflow::codecs::openai_chat
