#include "api/list_request.h"

#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::api {
namespace {

TEST(list_request, gives_every_entry_what_the_list_says_and_it_does_not) {
  const auto got = read_list(R"({"model":"m","temperature":0,"requests":["a",{"prompt":"b","model":"n"},{},
                                {"messages":[{"role":"user","content":"c"}]}]})",
                             4);
  ASSERT_TRUE(got) << got.error().message;
  ASSERT_EQ(got->size(), 4U);
  EXPECT_EQ((*got)[0].body, R"({"model":"m","temperature":0,"prompt":"a"})");
  EXPECT_EQ((*got)[1].body, R"({"temperature":0,"prompt":"b","model":"n"})");
  EXPECT_EQ((*got)[2].body, R"({"model":"m","temperature":0})");
  EXPECT_EQ((*got)[3].body, R"({"model":"m","temperature":0,"messages":[{"role":"user","content":"c"}]})");
  EXPECT_EQ((*got)[1].kind, list_item_kind::prompt);
  EXPECT_EQ((*got)[3].kind, list_item_kind::chat);
}

TEST(list_request, takes_plain_prompts) {
  const auto got = read_list(R"({"prompts":["a","\u00e9"]})", 2);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ((*got)[0].body, R"({"prompt":"a"})");
  EXPECT_EQ((*got)[1].body, R"({"prompt":"\u00e9"})");
}

TEST(list_request, says_what_is_wrong_with_a_list) {
  const std::pair<const char*, const char*> wrong[] = {
      {R"({})", "requests"},
      {R"({"requests":["a"],"prompts":["a"]})", "requests"},
      {R"({"requests":[]})", "requests"},
      {R"({"prompts":[]})", "prompts"},
      {R"({"requests":{}})", "requests"},
      {R"({"requests":["a","b","c","d"]})", "requests"},
      {R"({"requests":["a",5]})", "requests[1]"},
      {R"({"requests":[{"prompt":"a","prompt":"b"}]})", "requests[0]"},
      {R"({"prompts":[{"prompt":"a"}]})", "prompts[0]"},
      {R"({"requests":["a"],"model":"m","model":"n"})", ""},
      {R"(["a"])", ""},
      {R"({"requests":["a"])", ""},
      {"", ""},
  };
  for (const auto& [body, field] : wrong) {
    const auto got = read_list(body, 3);
    ASSERT_FALSE(got) << body;
    EXPECT_EQ(got.error().kind, error_kind::invalid_request) << body;
    EXPECT_EQ(got.error().param, field) << body;
    EXPECT_FALSE(got.error().message.empty());
  }
}

TEST(list_request, bounds_what_defaults_multiply) {
  const std::string big(1U << 20U, 'x');
  std::string body = R"({"system":")" + big + R"(","prompts":[)";
  for (int i = 0; i < 70; ++i) {
    body += i == 0 ? "\"a\"" : ",\"a\"";
  }
  const auto got = read_list(body + "]}", 100);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, error_kind::body_too_large);
}

TEST(list_request, bounds_the_fields_that_are_compared) {
  std::string body = R"({"prompts":["a"])";
  for (int i = 0; i < 300; ++i) {
    body += ",\"f" + std::to_string(i) + "\":1";
  }
  EXPECT_FALSE(read_list(body + "}", 3));
}

} // namespace
} // namespace inferenceflow::api
