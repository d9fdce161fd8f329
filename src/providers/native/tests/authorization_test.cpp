#include "providers/native/authorization.h"

#include <gtest/gtest.h>

namespace inferenceflow::providers::native {
namespace {

using dialogue::protocol;

std::string fields(const config::provider_settings& settings, std::size_t key) {
  http::header_block added;
  authorization_of(settings)->add_to(added, {.host = "h", .path = "/", .query = {}, .body = {}}, {}, key);
  return std::string{added.text()};
}

TEST(authorization, each_protocol_has_its_own_field) {
  config::provider_settings settings;
  settings.base_url = "https://api.example.com";
  settings.api_keys = {"k1"};
  const auto with = [&](protocol spoken) {
    settings.protocol = spoken;
    return fields(settings, 0);
  };
  EXPECT_EQ(with(protocol::anthropic), "x-api-key: k1\r\n");
  EXPECT_EQ(with(protocol::gemini), "x-goog-api-key: k1\r\n");
  EXPECT_EQ(with(protocol::cohere), "Authorization: Bearer k1\r\n");
  EXPECT_EQ(with(protocol::bedrock), "Authorization: Bearer k1\r\n");
  EXPECT_EQ(with(protocol::openai_responses), "Authorization: Bearer k1\r\n");
}

TEST(authorization, the_call_says_which_key) {
  config::provider_settings settings;
  settings.base_url = "https://api.example.com";
  settings.protocol = protocol::cohere;
  settings.api_keys = {"k1", "k2"};
  EXPECT_EQ(authorization_of(settings)->key_count(), 2U);
  EXPECT_EQ(fields(settings, 0), "Authorization: Bearer k1\r\n");
  EXPECT_EQ(fields(settings, 1), "Authorization: Bearer k2\r\n");
  EXPECT_EQ(fields(settings, 2), "Authorization: Bearer k1\r\n");
}

TEST(authorization, no_key_adds_nothing) {
  config::provider_settings settings;
  settings.base_url = "http://127.0.0.1:1";
  EXPECT_EQ(authorization_of(settings)->key_count(), 1U);
  EXPECT_EQ(fields(settings, 0), "");
}

} // namespace
} // namespace inferenceflow::providers::native
