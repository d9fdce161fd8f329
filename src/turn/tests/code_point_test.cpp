#include "turn/code_point.h"

#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::turn {
namespace {

TEST(code_point, every_character_comes_back) {
  for (char32_t value = 0; value <= 0x10FFFF; ++value) {
    if (value >= 0xD800 && value <= 0xDFFF) {
      continue;
    }
    std::string text;
    append_utf8(text, value);
    std::string_view rest = text;
    const code_point read = take_code_point(rest);
    ASSERT_TRUE(read.well_formed && read.value == value && rest.empty()) << static_cast<unsigned>(value);
  }
}

TEST(code_point, a_byte_that_fits_nowhere_is_taken_alone) {
  for (const std::string_view bad :
       {"\x80", "\xc3", "\xc3(", "\xe2\x80", "\xed\xa0\x80", "\xc0\x80", "\xf4\x90\x80\x80", "\xff"}) {
    std::string_view rest = bad;
    const code_point read = take_code_point(rest);
    EXPECT_FALSE(read.well_formed);
    EXPECT_EQ(read.value, 0xFFFDU);
    EXPECT_EQ(rest.size(), bad.size() - 1);
  }
}

TEST(code_point, folding_is_done_at_once) {
  for (char32_t value = 0; value <= 0x10FFFF; ++value) {
    ASSERT_EQ(folded(folded(value)), folded(value)) << static_cast<unsigned>(value);
  }
  EXPECT_EQ(folded('A'), U'a');
  EXPECT_EQ(folded(U'Ā'), U'ā');
  EXPECT_EQ(folded(U'ā'), U'ā');
  EXPECT_EQ(folded(U'ς'), U'σ');
  EXPECT_EQ(folded(U'Ⅷ'), U'ⅷ');
  EXPECT_EQ(folded(U'ß'), U'ß');
  EXPECT_EQ(folded(U'𐐀'), U'𐐨');
  EXPECT_EQ(folded(U'東'), U'東');
}

TEST(code_point, white_space_is_unicodes) {
  for (const char32_t value : {U' ', U'\t', U'\n', U'\u00a0', U'\u2003', U'\u3000', U'\u2028'}) {
    EXPECT_TRUE(is_space(value));
  }
  for (const char32_t value : {U'a', U'\0', U'\u200b', U'\u001e', U'\u2060'}) {
    EXPECT_FALSE(is_space(value));
  }
}

} // namespace
} // namespace inferenceflow::turn
