#include "wire/json/token_index.h"

#include <gtest/gtest.h>
#include <vector>

namespace inferenceflow::wire::json {
namespace {

/// "" if the document is fine, else "offset: what".
std::string check(std::string_view document) {
  token_index index;
  if (const auto fault = index.build(document)) {
    return std::to_string(fault->offset) + ": " + std::string{fault->what};
  }
  reader in = index.read();
  if (in.skip() && in.finish()) {
    return "";
  }
  return std::to_string(in.failure().offset) + ": " + std::string{in.failure().what};
}

TEST(reader, accepts_what_rfc_8259_accepts) {
  for (const std::string_view good :
       {"{}", "[]", " [ ] ", "1", "-0", "0.5", "1e5", "1E+5", "-1.25e-3", "true", "false", "null", "\"\"", "\"a\"  ",
        R"({"a":[1,{"b":null}],"c":"\u00e9\n"})", "123456789012345678901234567890", "1e-400", R"("\ud83d")",
        "\"\xF0\x9F\x98\x80\""}) {
    EXPECT_EQ(check(good), "") << good;
  }
}

TEST(reader, refuses_everything_else) {
  for (const std::string_view bad : {"",
                                     " ",
                                     "{",
                                     "}",
                                     "[",
                                     "]",
                                     "[1",
                                     "[1,",
                                     "[1,]",
                                     "[,1]",
                                     "{\"a\"}",
                                     "{\"a\":}",
                                     "{\"a\":1,}",
                                     "{a:1}",
                                     "{1:2}",
                                     "tru",
                                     "truee",
                                     "nul",
                                     "True",
                                     "NaN",
                                     "Infinity",
                                     "+1",
                                     "01",
                                     "-",
                                     "1.",
                                     ".5",
                                     "1e",
                                     "1e+",
                                     "0x10",
                                     "1 2",
                                     "{} {}",
                                     "\"a",
                                     "\"a\"b",
                                     "\"a\"\"b\"",
                                     "1\"a\"",
                                     "[\"a\"\"b\"]",
                                     "{\"a\"\"b\":1}",
                                     "[1 2]",
                                     "[\"a\" \"b\"]",
                                     "{\"a\" 1}",
                                     "\"\\x\"",
                                     "\"\\u12\"",
                                     "\"\\\"",
                                     "\"a\nb\"",
                                     "\"\xFF\"",
                                     "\"\xC3\"",
                                     "1e400",
                                     "-1e400",
                                     "[1}",
                                     "{\"a\":1]",
                                     "{\"a\"::1}",
                                     "[[]",
                                     "nulll",
                                     "null,",
                                     ",",
                                     ":",
                                     "'a'",
                                     "[1]x",
                                     "\xEF\xBB\xBF{}"}) {
    EXPECT_NE(check(bad), "") << bad;
  }
  EXPECT_NE(check(std::string_view{"1\0", 2}), "");
  EXPECT_NE(check(std::string_view{"[1,\0]", 5}), "");
}

TEST(reader, names_the_byte_at_fault) {
  EXPECT_EQ(check(R"({"a":1 "b":2})"), "7: expected ',' or '}'");
  EXPECT_EQ(check(R"({"a":tru})"), "5: expected a value");
  EXPECT_EQ(check(R"({"a":01})"), "5: not a number");
  EXPECT_EQ(check(R"([1e999])"), "1: number out of range");
  EXPECT_EQ(check("{\"a\":\"b\n\"}"), "7: control character in a string must be escaped");
  EXPECT_EQ(check("{\"a\":\"b}"), "5: string is never closed");
  EXPECT_EQ(check("[\"ab\xFF\"]"), "4: not valid UTF-8");
  EXPECT_EQ(check(R"(["ab\q"])"), "4: unknown escape");
  EXPECT_EQ(check("{} x"), "3: unexpected text after the document");
}

TEST(reader, every_prefix_of_a_document_is_refused) {
  const std::string document = R"({"a":[1,-2.5e3,"x\u00e9\\"],"b":{"c":null,"d":true}})";
  EXPECT_EQ(check(document), "");
  for (std::size_t length = 0; length < document.size(); ++length) {
    EXPECT_NE(check(document.substr(0, length)), "") << length;
  }
}

TEST(reader, depth_is_bounded_exactly) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(check(nested(k_depth_max)), "");
  EXPECT_EQ(check(nested(k_depth_max + 1)), std::to_string(k_depth_max) + ": nested too deeply");
  EXPECT_NE(check(std::string(1'000'000, '[')), "");
}

TEST(reader, gives_keys_values_and_spans) {
  const std::string document = R"( { "k" : "v\n" , "n" : 12 } )";
  token_index index;
  ASSERT_FALSE(index.build(document));
  reader in = index.read();
  std::vector<std::string> keys;
  ASSERT_TRUE(in.read_object([&](const text& key) {
    keys.push_back(decoded(key));
    const std::size_t begin = in.offset();
    if (in.peek() != '"') {
      number twelve;
      EXPECT_TRUE(in.read_number(twelve));
      EXPECT_EQ(twelve.as_int64(), 12);
      return true;
    }
    text value;
    EXPECT_TRUE(in.read_string(value));
    EXPECT_TRUE(value.escaped);
    EXPECT_EQ(decoded(value), "v\n");
    EXPECT_EQ(document.substr(begin, in.consumed_end() - begin), R"("v\n")");
    return true;
  }));
  EXPECT_TRUE(in.finish());
  EXPECT_EQ(keys, (std::vector<std::string>{"k", "n"}));
}

TEST(token_index, serves_documents_of_any_size_one_after_another) {
  token_index index;
  for (const std::size_t size : {10UL, 5'000'000UL, 3UL, 70'000UL, 0UL, 4096UL}) {
    const std::string document = '"' + std::string(size, 'x') + '"';
    ASSERT_FALSE(index.build(document));
    reader in = index.read();
    text out;
    ASSERT_TRUE(in.read_string(out));
    EXPECT_EQ(out.raw.size(), size);
  }
}

TEST(token_index, reads_nothing_past_the_end) {
  // Exact-size heap copies: the address sanitizer sees any byte read behind them.
  for (std::size_t length = 2; length < 200; ++length) {
    const std::vector<char> document(length, ' ');
    std::vector<char> exact(document);
    exact.front() = '[';
    exact.back() = ']';
    EXPECT_EQ(check({exact.data(), exact.size()}), "");
  }
}

number parse(std::string_view literal) {
  number out;
  std::string_view what;
  EXPECT_TRUE(parse_number(literal, out, what)) << literal;
  return out;
}

TEST(parse_number, one_value_for_every_spelling) {
  for (const std::string_view zero : {"0", "-0", "0.0", "-0.0", "0e0", "0e99", "1e-999"}) {
    EXPECT_EQ(parse(zero).kind, number_kind::integer) << zero;
    EXPECT_EQ(parse(zero).magnitude, 0U) << zero;
    EXPECT_FALSE(parse(zero).negative) << zero;
  }
  for (const std::string_view one : {"1", "1.0", "10e-1", "0.1e1", "1.000"}) {
    EXPECT_EQ(parse(one).as_int64(), 1) << one;
  }
}

TEST(parse_number, integers_are_exact_at_every_width) {
  EXPECT_EQ(parse("-9223372036854775807").as_int64(), -9223372036854775807LL);
  EXPECT_EQ(parse("18446744073709551615").magnitude, 18446744073709551615ULL);
  EXPECT_FALSE(parse("18446744073709551615").as_int64().has_value());
  EXPECT_EQ(parse("18446744073709551616").kind, number_kind::big_integer);
  EXPECT_EQ(parse("9007199254740993").magnitude, 9007199254740993ULL);
  EXPECT_EQ(parse("0.1").kind, number_kind::real);
  EXPECT_EQ(parse("1e300").kind, number_kind::real);
}

} // namespace
} // namespace inferenceflow::wire::json
