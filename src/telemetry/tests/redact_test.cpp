#include "telemetry/redact.h"

#include <gtest/gtest.h>

namespace inferenceflow::telemetry {
namespace {

struct redact_case {
  const char* text;
  const char* expected;
};

class redact_test : public testing::TestWithParam<redact_case> {};

TEST_P(redact_test, masks_exactly_the_secret) {
  const std::string_view text = GetParam().text;
  EXPECT_EQ(redacted(text), GetParam().expected);
  EXPECT_EQ(may_hold_secret(text), text != GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    secrets, redact_test,
    testing::Values(redact_case{"Incorrect API key provided: sk-proj-Ab_12345678.",
                                "Incorrect API key provided: sk-***"},
                    redact_case{"sk-ant-api03-abcdefgh", "sk-***"}, redact_case{"(gsk_1234567890)", "(gsk_***)"},
                    redact_case{"AIzaSyA1234567890abcdefgh", "AIza***"},
                    redact_case{"Authorization: Bearer abc.def", "Authorization: Bearer ***"},
                    redact_case{"bearer eyJhbGciOi.x.y and more", "bearer *** and more"},
                    redact_case{R"({"api_key":"v1","b":2})", R"({"api_key":"***","b":2})"},
                    redact_case{"OPENAI_API_KEY=abc x", "OPENAI_API_KEY=*** x"},
                    redact_case{"x-api-key: abc", "x-api-key: ***"}, redact_case{"password='p w'", "password='*** w'"},
                    redact_case{"via http://user:pass@proxy:3128/x", "via http://***@proxy:3128/x"},
                    redact_case{"sk-aaaaaaaaaa sk-bbbbbbbbbb", "sk-*** sk-***"}));

INSTANTIATE_TEST_SUITE_P(clean, redact_test,
                         testing::Values(redact_case{"", ""},
                                         redact_case{"task-force-alpha-bravo", "task-force-alpha-bravo"},
                                         redact_case{"sk-short", "sk-short"},
                                         redact_case{"the api_key is missing", "the api_key is missing"},
                                         redact_case{"basic idea", "basic idea"},
                                         redact_case{"http://host/a@b", "http://host/a@b"},
                                         redact_case{"password:", "password:"}, redact_case{"12:30:00", "12:30:00"},
                                         redact_case{"sk-", "sk-"}));

TEST(redact, names_of_secrets) {
  for (const auto* name :
       {"authorization", "Proxy-Authorization", "api_key", "X-API-Key", "apikey", "client_secret", "Password"}) {
    EXPECT_TRUE(names_secret(name)) << name;
  }
  for (const auto* name : {"", "path", "tokens_used", "key", "author", "status"}) {
    EXPECT_FALSE(names_secret(name)) << name;
  }
}

} // namespace
} // namespace inferenceflow::telemetry
