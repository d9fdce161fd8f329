#include "providers/native/aws_signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferenceflow::providers::native {
namespace {

using testing::HasSubstr;
using testing::Not;

config::provider_settings with_credentials() {
  config::provider_settings settings;
  settings.base_url = "https://bedrock-runtime.us-east-1.amazonaws.com";
  settings.protocol = dialogue::protocol::bedrock;
  settings.region = "us-east-1";
  settings.aws.access_key_id = "AKIDEXAMPLE";
  settings.aws.secret_access_key = "secret-of-the-test";
  return settings;
}

TEST(aws_signature, is_what_credentials_without_a_key_get) {
  auto settings = with_credentials();
  const wall_time moment{std::chrono::seconds{1'440'938'160}};
  http::header_block added;
  authorization_of(settings)->add_to(added, {.host = "h", .path = "/model/a%3A0/converse", .query = {}, .body = "{}"},
                                     moment, 0);
  EXPECT_THAT(added.text(), HasSubstr("x-amz-date: 20150830T123600Z\r\n"));
  EXPECT_THAT(added.text(), HasSubstr("Credential=AKIDEXAMPLE/20150830/us-east-1/bedrock/aws4_request"));
  EXPECT_THAT(added.text(), HasSubstr("SignedHeaders=content-type;host;x-amz-date,"));
  EXPECT_THAT(added.text(), Not(HasSubstr("secret-of-the-test")));
  settings.api_keys = {"k"};
  http::header_block plain;
  authorization_of(settings)->add_to(plain, {.host = "h", .path = "/", .query = {}, .body = {}}, moment, 0);
  EXPECT_EQ(plain.text(), "Authorization: Bearer k\r\n");
}

TEST(aws_signature, knows_a_wrong_clock) {
  const aws_signature signs{with_credentials()};
  EXPECT_NE(signs.explain(R"({"message":"Signature expired: 2015 is now earlier than 2016"})"), "");
  EXPECT_NE(signs.explain(R"({"message":"Signature not yet current: …"})"), "");
  EXPECT_EQ(signs.explain(R"({"message":"The security token included in the request is invalid."})"), "");
  EXPECT_EQ(signs.explain(""), "");
}

} // namespace
} // namespace inferenceflow::providers::native
