#include "cache/cache_key.h"
#include "cache/glob.h"

#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::cache {
namespace {

TEST(glob, matches_whole_text_only) {
  EXPECT_TRUE(glob_match("", ""));
  EXPECT_FALSE(glob_match("", "a"));
  EXPECT_FALSE(glob_match("a", ""));
  EXPECT_TRUE(glob_match("abc", "abc"));
  EXPECT_FALSE(glob_match("abc", "abcd"));
  EXPECT_FALSE(glob_match("abcd", "abc"));
}

TEST(glob, star_is_any_run_even_empty_and_over_slashes) {
  EXPECT_TRUE(glob_match("*", ""));
  EXPECT_TRUE(glob_match("*", "a/b/c"));
  EXPECT_TRUE(glob_match("a*c", "ac"));
  EXPECT_TRUE(glob_match("a*c", "a/b/c"));
  EXPECT_TRUE(glob_match("*b*", "abc"));
  EXPECT_FALSE(glob_match("*b", "abc"));
  EXPECT_TRUE(glob_match("**a**", "a"));
  EXPECT_TRUE(glob_match("*ab", "aab"));
  EXPECT_TRUE(glob_match("a*b*c", "a1b2b3c"));
}

TEST(glob, question_mark_is_exactly_one_byte) {
  EXPECT_TRUE(glob_match("a?c", "abc"));
  EXPECT_FALSE(glob_match("a?c", "ac"));
  EXPECT_FALSE(glob_match("?", ""));
  EXPECT_TRUE(glob_match("?*", "a"));
  EXPECT_FALSE(glob_match("?*?", "a"));
}

TEST(glob, other_punctuation_stands_for_itself) {
  EXPECT_TRUE(glob_match("[a].+\\", "[a].+\\"));
  EXPECT_FALSE(glob_match("[a]", "a"));
}

TEST(glob, hostile_pattern_stays_cheap) {
  std::string pattern;
  for (int i = 0; i < 60; ++i) {
    pattern += "*a";
  }
  EXPECT_FALSE(glob_match(pattern + "b", std::string(2'000, 'a')));
}

TEST(cache_key, prints_both_halves_in_order) {
  EXPECT_EQ(to_hex({0x0123456789abcdefU, 0xfedcba9876543210U}), "0123456789abcdeffedcba9876543210");
  EXPECT_EQ(to_hex({0, 1}), "00000000000000000000000000000001");
}

} // namespace
} // namespace inferenceflow::cache
