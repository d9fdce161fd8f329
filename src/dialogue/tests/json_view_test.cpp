#include "dialogue/json_view.h"

#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::dialogue {
namespace {

TEST(json_view, reads_typed_values) {
  json_document document;
  const json_view root = document.parse(R"({"a":"x\u00e9","b":2.5,"c":[1,2.0],"d":true,"e":null,"f":{"g":[{}]}})");
  EXPECT_EQ(root.member("a").text(), "x\u00e9");
  EXPECT_EQ(root.member("b").number(), 2.5);
  EXPECT_EQ(root.member("c").element(1).integer(), 2);
  EXPECT_EQ(root.member("d").flag(), true);
  EXPECT_FALSE(root.member("e").present());
  EXPECT_FALSE(root.member("nowhere").member("deeper").present());
  EXPECT_EQ(root.member("nowhere").text(), "");
  EXPECT_EQ(root.member("nowhere").integer(), std::nullopt);
  EXPECT_EQ(root.member("f").json(), R"({"g":[{}]})");
  EXPECT_EQ(root.member("f").member("g").element(0).path(), "f.g[0]");
  std::string keys;
  root.members([&](std::string_view key, json_view) { keys += key; });
  EXPECT_EQ(keys, "abcdf");
  EXPECT_FALSE(document.failure().has_value());
}

TEST(json_view, keeps_the_first_fault_with_its_path) {
  json_document document;
  const json_view root = document.parse(R"({"messages":[{"role":"user"},{"role":7}],"n":1.5})");
  root.member("messages").each([](json_view message) { (void)message.member("role").text(); });
  (void)root.member("n").integer();
  ASSERT_TRUE(document.failure().has_value());
  EXPECT_EQ(document.failure()->kind, error_kind::invalid_request);
  EXPECT_EQ(document.failure()->param, "messages[1].role");
  EXPECT_EQ(document.failure()->message, "messages[1].role must be a string");
}

struct fault_case {
  const char* body;
  void (*read)(json_view);
  const char* message;
};

TEST(json_view, says_what_would_be_right) {
  const fault_case cases[] = {
      {R"([])", [](json_view v) { (void)v.member("x"); }, "the body must be an object"},
      {R"({})", [](json_view v) { (void)v.member("x").required_text(); }, "x is missing"},
      {R"({"x":"1"})", [](json_view v) { (void)v.member("x").number(); }, "x must be a number"},
      {R"({"x":1.5})", [](json_view v) { (void)v.member("x").integer(); }, "x must be a whole number"},
      {R"({"x":1e300})", [](json_view v) { (void)v.member("x").integer(); }, "x must be a whole number"},
      {R"({"x":9})", [](json_view v) { (void)v.member("x").integer(1, 8); }, "x must be from 1 to 8"},
      {R"({"x":0})", [](json_view v) { (void)v.member("x").integer(1); }, "x must be at least 1"},
      {R"({"x":0})", [](json_view v) { (void)v.member("x").flag(); }, "x must be true or false"},
      {R"({"x":0})", [](json_view v) { (void)v.member("x").size(); }, "x must be an array"},
  };
  for (const auto& wrong : cases) {
    json_document document;
    wrong.read(document.parse(wrong.body));
    ASSERT_TRUE(document.failure().has_value()) << wrong.message;
    EXPECT_EQ(document.failure()->message, wrong.message);
  }
}

TEST(json_view, malformed_documents_name_the_byte) {
  for (const std::string& body : {std::string{"{\"a\":}"}, std::string{"{\"a\":1"}, std::string{""},
                                  std::string{"\"\xff\""}, std::string(100, '[')}) {
    json_document document;
    EXPECT_FALSE(document.parse(body).present());
    ASSERT_TRUE(document.failure().has_value()) << body;
    EXPECT_NE(document.failure()->message.find(" at byte "), std::string::npos);
  }
}

} // namespace
} // namespace inferenceflow::dialogue
