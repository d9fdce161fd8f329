#include "escalation/json_shape.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::escalation {
namespace {

fit verdict(std::string_view schema, std::string_view answer) {
  const auto shape = json_shape::of_schema(schema);
  EXPECT_TRUE(shape) << schema;
  return shape ? shape->fits(answer) : fit::unjudged;
}

struct row {
  const char* schema = nullptr;
  const char* fitting = nullptr;
  const char* broken = nullptr;
};

class words : public ::testing::TestWithParam<row> {};

TEST_P(words, tell_fitting_from_broken) {
  EXPECT_EQ(verdict(GetParam().schema, GetParam().fitting), fit::yes);
  EXPECT_EQ(verdict(GetParam().schema, GetParam().broken), fit::no);
}

INSTANTIATE_TEST_SUITE_P(
    all, words,
    ::testing::Values(row{R"({"type":"integer"})", "3.0", "3.5"}, row{R"({"type":["string","null"]})", "null", "1"},
                      row{R"({"enum":["a",1]})", "1.0", "2"},
                      row{R"({"const":{"a":[1]}})", R"({"a":[1]})", R"({"a":[2]})"},
                      row{R"({"required":["a"]})", R"({"a":null})", "{}"},
                      row{R"({"properties":{"a":{"type":"string"}}})", R"({"b":1})", R"({"a":1})"},
                      row{R"({"properties":{"a":{}},"additionalProperties":false})", R"({"a":1})", R"({"a":1,"b":2})"},
                      row{R"({"additionalProperties":{"type":"number"}})", R"({"b":1})", R"({"b":"1"})"},
                      row{R"({"items":{"type":"number"}})", "[1,2]", R"([1,"2"])"},
                      row{R"({"prefixItems":[{"type":"string"}],"items":false})", R"(["a"])", R"(["a",1])"},
                      row{R"({"minItems":1,"maxItems":2})", "[1]", "[]"},
                      row{R"({"minLength":2,"maxLength":3})", R"("äöü")", R"("a")"},
                      row{R"({"minimum":0,"exclusiveMaximum":10})", "0", "10"},
                      row{R"({"exclusiveMinimum":0,"maximum":10})", "10", "0"},
                      row{R"({"anyOf":[{"type":"null"},{"minimum":5}]})", "7", "3"},
                      row{R"({"oneOf":[{"minimum":0},{"maximum":10}]})", "-1", "5"},
                      row{R"({"allOf":[{"minimum":0},{"maximum":10}]})", "5", "11"},
                      row{R"({"not":{"type":"string"}})", "1", R"("x")"},
                      row{R"({"$defs":{"n":{"type":"number"}},"properties":{"a":{"$ref":"#/$defs/n"}}})", R"({"a":1})",
                          R"({"a":"1"})"},
                      row{R"({"type":"object","properties":{"next":{"$ref":"#"}},"required":["v"]})",
                          R"({"v":1,"next":{"v":2}})", R"({"v":1,"next":{}})"}));

TEST(json_shape, wants_one_whole_document) {
  const auto object = json_shape::any_object();
  EXPECT_EQ(object.fits(" {\"a\": 1}\n"), fit::yes);
  EXPECT_EQ(object.fits("[1]"), fit::no);
  EXPECT_EQ(object.fits(""), fit::no);
  EXPECT_EQ(object.fits("{\"a\": 1"), fit::no);
  EXPECT_EQ(object.fits("```json\n{}\n```"), fit::no);
  EXPECT_EQ(object.fits("{} {}"), fit::no);
  EXPECT_EQ(object.fits("\xff"), fit::no);
}

TEST(json_shape, passes_over_words_that_it_does_not_judge) {
  EXPECT_EQ(verdict(R"({"pattern":"^(a+)+$","format":"email","x":1})", R"("aaaaaaaaaaaaaaaaaaaaaaaaaaaa!")"), fit::yes);
  EXPECT_EQ(verdict(R"({"patternProperties":{"^x":{}},"additionalProperties":false})", R"({"x1":1})"), fit::yes);
  EXPECT_EQ(verdict(R"({"$ref":"https://example.com/schema"})", "1"), fit::yes);
  EXPECT_EQ(verdict(R"({"$ref":"#/nowhere","type":7,"properties":[],"required":"a","enum":1})", "{}"), fit::no);
  EXPECT_EQ(verdict("true", "1"), fit::yes);
  EXPECT_EQ(verdict("false", "1"), fit::no);
}

TEST(json_shape, refuses_schemas_that_are_none) {
  for (const std::string& bad :
       {std::string{"{"}, std::string{"[]"}, std::string{""}, std::string(k_schema_bytes_max + 1, ' '),
        std::string(100, '[') + std::string(100, ']')}) {
    const auto shape = json_shape::of_schema(bad);
    ASSERT_FALSE(shape);
    EXPECT_EQ(shape.error().kind, error_kind::invalid_request);
    EXPECT_EQ(shape.error().param, "json_schema");
  }
}

TEST(json_shape, gives_up_instead_of_working_for_ever) {
  EXPECT_EQ(verdict(R"({"$ref":"#"})", "1"), fit::unjudged);
  std::string explosion = R"({"minimum":5})"; // each level doubles the work
  for (int i = 0; i < 12; ++i) {
    explosion = fmt::format(R"({{"anyOf":[{0},{0}]}})", explosion);
  }
  const auto shape = json_shape::of_schema(explosion);
  ASSERT_TRUE(shape);
  EXPECT_EQ(shape->fits("1"), fit::no);
  EXPECT_EQ(verdict(R"({"$defs":{"t":{"anyOf":[{"$ref":"#/$defs/t"},{"$ref":"#/$defs/t"}]}},"$ref":"#/$defs/t"})", "1"),
            fit::unjudged);
  EXPECT_EQ(json_shape::any_object().fits(std::string(k_shaped_answer_bytes_max + 1, ' ')), fit::unjudged);
}

} // namespace
} // namespace inferenceflow::escalation
