#include "engine/schema_grammar.h"

#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::engine {
namespace {

TEST(schema_grammar, a_schema_becomes_a_grammar) {
  const auto grammar =
      grammar_of_schema(R"({"type":"object","properties":{"age":{"type":"integer"}},"required":["age"]})");
  ASSERT_TRUE(grammar.has_value()) << grammar.error().message;
  EXPECT_NE(grammar.value().find("root ::="), std::string::npos);
}

void expect_refused(const std::string& schema) {
  const auto grammar = grammar_of_schema(schema);
  ASSERT_TRUE(grammar.has_error()) << schema;
  EXPECT_EQ(grammar.error().kind, error_kind::invalid_request);
  EXPECT_EQ(grammar.error().param, "json_schema");
}

TEST(schema_grammar, bad_schemas_are_refused) {
  expect_refused("{");
  expect_refused("");
  expect_refused(R"({"type":"no such type"})");
  expect_refused(R"({"$ref":"#/nowhere"})");
  expect_refused(R"({"$ref":"https://example.com/schema.json"})");
  expect_refused(std::string(k_schema_bytes_max + 1, ' '));
}

} // namespace
} // namespace inferenceflow::engine
