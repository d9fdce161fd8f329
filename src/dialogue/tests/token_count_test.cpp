#include "cost/usage.h"
#include "dialogue/token_count.h"

#include <gtest/gtest.h>

namespace inferenceflow::dialogue {
namespace {

std::optional<std::int64_t> count_in(std::string_view text, std::initializer_list<std::string_view> path) {
  json_document document;
  const auto count = token_count(document.parse(text), path);
  EXPECT_FALSE(document.failure()) << text;
  return count;
}

TEST(token_count, numbers_of_every_kind) {
  EXPECT_EQ(count_in(R"({"n":12})", {"n"}), 12);
  EXPECT_EQ(count_in(R"({"n":25.9})", {"n"}), 25);
  EXPECT_EQ(count_in(R"({"a":{"b":3}})", {"a", "b"}), 3);
}

TEST(token_count, impossible_numbers_are_cut) {
  EXPECT_EQ(count_in(R"({"n":-5})", {"n"}), 0);
  EXPECT_EQ(count_in(R"({"n":9007199254740993})", {"n"}), cost::k_tokens_max);
  EXPECT_EQ(count_in(R"({"n":18446744073709551615})", {"n"}), cost::k_tokens_max);
  EXPECT_EQ(count_in(R"({"n":1e300})", {"n"}), cost::k_tokens_max);
}

TEST(token_count, what_is_no_count_is_absent_and_no_fault) {
  for (const char* text : {R"({"n":"12"})", R"({"n":null})", R"({"n":[1]})", R"({"n":true})", R"({})", "7", "[]"}) {
    EXPECT_EQ(count_in(text, {"n"}), std::nullopt) << text;
  }
  EXPECT_EQ(count_in(R"({"a":7})", {"a", "b"}), std::nullopt);
}

} // namespace
} // namespace inferenceflow::dialogue
