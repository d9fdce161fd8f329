#include "api/json_text.h"
#include "api/percent_decode.h"

#include <array>
#include <gtest/gtest.h>
#include <string_view>

namespace inferenceflow::api {
namespace {

TEST(percent_decode, decodes_escapes_and_leaves_the_rest) {
  EXPECT_EQ(percent_decode("a%2Fb%20c+d"), "a/b c+d");
  EXPECT_EQ(percent_decode("%"), "%");
  EXPECT_EQ(percent_decode("%4"), "%4");
  EXPECT_EQ(percent_decode("%zz%41"), "%zzA");
}

TEST(query_value, finds_the_first_of_that_name) {
  EXPECT_EQ(query_value("a=1&b=x+y%26&b=2", "b"), "x y&");
  EXPECT_EQ(query_value("flag&a=1", "flag"), "");
  EXPECT_EQ(query_value("ab=1", "a"), std::nullopt);
  EXPECT_EQ(query_value("", "a"), std::nullopt);
}

TEST(unknown_parameter, names_the_first_that_is_not_known) {
  constexpr std::array<std::string_view, 2> known{"from", "group by"};
  EXPECT_EQ(unknown_parameter("", known), std::nullopt);
  EXPECT_EQ(unknown_parameter("from=1&group+by=model&&from=2", known), std::nullopt);
  EXPECT_EQ(unknown_parameter("from=1&form=2&x=3", known), "form");
  EXPECT_EQ(unknown_parameter("%66rom=1&=2", known), "");
}

TEST(json_text, quotes_and_repairs_strings) {
  EXPECT_EQ(json_string("a\"b\n"), "\"a\\\"b\\n\"");
  EXPECT_EQ(json_string("\xff"), "\"\xEF\xBF\xBD\"");
}

TEST(json_text, prints_time_as_rfc_3339_and_the_ends_of_time_as_null) {
  EXPECT_EQ(json_time(1'767'225'600'000), "\"2026-01-01T00:00:00Z\"");
  EXPECT_EQ(json_time(0), "null");
  EXPECT_EQ(json_time(INT64_MAX), "null");
}

TEST(json_text, prints_the_parts_of_a_usage_and_their_sum) {
  const cost::token_usage usage{.fresh_input = 1, .cached_input = 2, .cache_write = 3, .output = 4, .reasoning = 5};
  EXPECT_EQ(json_tokens(usage),
            R"({"fresh_input":1,"cached_input":2,"cache_write":3,"output":4,"reasoning":5,"total":15})");
}

} // namespace
} // namespace inferenceflow::api
