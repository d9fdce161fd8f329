#include "wire/json/text.h"

#include <gtest/gtest.h>

namespace inferenceflow::wire::json {
namespace {

std::string decode_ok(std::string_view raw) {
  std::string out;
  const auto fault = decode(raw, out);
  EXPECT_FALSE(fault.has_value()) << raw;
  return out;
}

TEST(decode, understands_every_escape) {
  EXPECT_EQ(decode_ok(R"(a\"b\\c\/d\b\f\n\r\t)"), "a\"b\\c/d\b\f\n\r\t");
  EXPECT_EQ(decode_ok(R"(\u0041\u00e9\u20AC\ud83d\ude00)"), "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  EXPECT_EQ(decode_ok(R"(\u0000)"), std::string(1, '\0'));
  EXPECT_EQ(decode_ok(""), "");
}

TEST(decode, names_the_first_bad_escape) {
  const auto at = [](std::string_view raw) {
    std::string out;
    const auto fault = decode(raw, out);
    return fault ? static_cast<int>(fault->offset) : -1;
  };
  EXPECT_EQ(at(R"(ab\x)"), 2);
  EXPECT_EQ(at("\\"), 0);
  EXPECT_EQ(at(R"(\u12)"), 0);
  EXPECT_EQ(at(R"(\u12g4)"), 0);
  EXPECT_EQ(at(R"(x\ud83d)"), 1);
  EXPECT_EQ(at(R"(\ud83d\u0041)"), 0);
  EXPECT_EQ(at(R"(\ude00\ud83d)"), 0);
  EXPECT_EQ(at(R"(\ud83d\ud83d)"), 0);
}

TEST(equals, sees_through_escapes) {
  EXPECT_TRUE(equals({"usage", false}, "usage"));
  EXPECT_TRUE(equals({R"(us\u0061ge)", true}, "usage"));
  EXPECT_FALSE(equals({R"(us\u0062ge)", true}, "usage"));
  EXPECT_FALSE(equals({R"(us\q)", true}, "usage"));
}

/// A byte that must not stand in a JSON string.
std::size_t find_control(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (static_cast<unsigned char>(text[at]) < 0x20) {
      return at;
    }
  }
  return std::string::npos;
}

TEST(append_escaped, gives_text_that_decodes_to_the_same) {
  std::string plain;
  for (int c = 0; c < 0x80; ++c) {
    plain.push_back(static_cast<char>(c));
  }
  plain += "\xC3\xA9\xF0\x9F\x98\x80";
  std::string escaped;
  append_escaped(escaped, plain);
  EXPECT_EQ(decode_ok(escaped), plain);
  EXPECT_EQ(escaped.find('\n'), std::string::npos);
}

TEST(append_escaped, finds_each_special_byte_at_each_place) {
  for (const std::string_view special : {"\"", "\\", "\n", "\x1F", "\x7F", "\xC3\xA9", "\xF0\x9F\x98\x80"}) {
    for (std::size_t before = 0; before < 20; ++before) {
      for (std::size_t after = 0; after < 20; ++after) {
        const std::string plain = std::string(before, ' ').append(special).append(after, '!').append(special);
        std::string escaped = "kept";
        append_escaped(escaped, plain);
        ASSERT_EQ(escaped.substr(0, 4), "kept");
        EXPECT_EQ(decode_ok(escaped.substr(4)), plain);
        EXPECT_EQ(find_control(escaped), std::string::npos) << escaped;
      }
    }
  }
}

TEST(append_escaped, repairs_invalid_utf8) {
  std::string out;
  append_escaped(out, "a\xFF\xC3z\xED\xA0\x80");
  EXPECT_EQ(find_invalid_utf8(out), std::string_view::npos);
  EXPECT_EQ(out.substr(0, 4), "a\xEF\xBF\xBD");
}

TEST(find_invalid_utf8, follows_the_table_of_well_formed_sequences) {
  const std::size_t none = std::string_view::npos;
  EXPECT_EQ(find_invalid_utf8("ok \xE2\x82\xAC"), none);
  EXPECT_EQ(find_invalid_utf8("\xC0\x80"), 0U);         // overlong
  EXPECT_EQ(find_invalid_utf8("a\xE0\x80\x80"), 1U);    // overlong
  EXPECT_EQ(find_invalid_utf8("\xED\xA0\x80"), 0U);     // surrogate
  EXPECT_EQ(find_invalid_utf8("\xF4\x90\x80\x80"), 0U); // beyond U+10FFFF
  EXPECT_EQ(find_invalid_utf8("ab\xE2\x82"), 2U);       // cut short
}

} // namespace
} // namespace inferenceflow::wire::json
