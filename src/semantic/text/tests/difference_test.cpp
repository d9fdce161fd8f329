#include "semantic/text/difference.h"
#include "semantic/text/tests/pairs.h"

#include <gtest/gtest.h>
#include <random>
#include <string>

namespace inferenceflow::semantic {
namespace {

difference of(std::string_view a, std::string_view b) {
  return compare(profile_of(a), profile_of(b));
}

std::string names_of(std::uint32_t kinds) {
  std::string out;
  for (; kinds != 0; kinds &= kinds - 1) {
    out.append(kind_name(kinds)).append(" ");
  }
  return out;
}

class another_meaning : public testing::TestWithParam<pair_case> {};
class same_meaning : public testing::TestWithParam<pair_case> {};

// A veto may be of several kinds; the one that a reader would name must be among them, both ways round.
TEST_P(another_meaning, is_vetoed) {
  const auto& c = GetParam();
  const auto there = of(c.a, c.b);
  const auto back = of(c.b, c.a);
  EXPECT_NE(there.vetoes & c.kind, 0U) << "expected " << names_of(c.kind) << "got " << names_of(there.vetoes) << "of "
                                       << names_of(there.kinds);
  EXPECT_NE(back.vetoes & c.kind, 0U) << "the other way round: got " << names_of(back.vetoes);
}

TEST_P(same_meaning, passes) {
  const auto& c = GetParam();
  EXPECT_EQ(of(c.a, c.b).vetoes, 0U) << names_of(of(c.a, c.b).vetoes);
  EXPECT_EQ(of(c.b, c.a).vetoes, 0U) << names_of(of(c.b, c.a).vetoes);
}

INSTANTIATE_TEST_SUITE_P(values, another_meaning, testing::ValuesIn(k_values));
INSTANTIATE_TEST_SUITE_P(names, another_meaning, testing::ValuesIn(k_names));
INSTANTIATE_TEST_SUITE_P(negation, another_meaning, testing::ValuesIn(k_negation));
INSTANTIATE_TEST_SUITE_P(opposites, another_meaning, testing::ValuesIn(k_opposites));
INSTANTIATE_TEST_SUITE_P(contrast, another_meaning, testing::ValuesIn(k_contrast));
INSTANTIATE_TEST_SUITE_P(roles, another_meaning, testing::ValuesIn(k_roles));
INSTANTIATE_TEST_SUITE_P(grammar, another_meaning, testing::ValuesIn(k_grammar));
INSTANTIATE_TEST_SUITE_P(code, another_meaning, testing::ValuesIn(k_code));
INSTANTIATE_TEST_SUITE_P(languages, another_meaning, testing::ValuesIn(k_languages));
INSTANTIATE_TEST_SUITE_P(requests, another_meaning, testing::ValuesIn(k_requests));
INSTANTIATE_TEST_SUITE_P(all, same_meaning, testing::ValuesIn(k_same));

TEST(difference, measures_how_alike_two_texts_are) {
  const auto d = of("How do I repair a bicycle tyre?", "How do I repair a bicycle chain?");
  EXPECT_EQ(d.features.alone_a, 1);
  EXPECT_EQ(d.features.alone_b, 1);
  EXPECT_EQ(d.features.replaced, 1);
  EXPECT_TRUE(d.features.same_question);
  EXPECT_TRUE(d.features.same_first);
  EXPECT_FALSE(d.features.same_last);
  EXPECT_NEAR(d.features.in_order, 6.0 / 7.0, 1e-6);
  EXPECT_NEAR(d.features.tokens, 6.0 / 8.0, 1e-6);
  EXPECT_NEAR(d.features.a_in_b, 2.0 / 3.0, 1e-6);
  EXPECT_GT(d.features.trigrams, 0.5F);
  EXPECT_LT(d.features.trigrams, 0.95F);
}

TEST(difference, equal_words_are_identical_whatever_their_case) {
  const auto d = of("Is the shop open?", "is the shop OPEN");
  EXPECT_TRUE(d.features.identical);
  EXPECT_EQ(d.kinds, 0U);
  EXPECT_FALSE(d.vetoed());
  EXPECT_EQ(d.features.words_a, 4);
}

TEST(difference, a_greeting_says_nothing_before_a_question_but_something_alone) {
  EXPECT_FALSE(of("Hello! Where is the bank?", "Where is the bank?").vetoed());
  EXPECT_TRUE(of("Hello", "Goodbye").vetoed());
  EXPECT_FALSE(of("Hello", "Thanks").features.identical);
  EXPECT_FALSE(of("Good morning", "Thank you").features.identical);
}

TEST(difference, of_something_and_nothing_has_no_shares) {
  const auto d = of("Is the shop open?", "");
  EXPECT_EQ(d.features.tokens, 0.0F);
  EXPECT_EQ(d.features.in_order, 0.0F);
  EXPECT_FALSE(d.features.identical);
}

TEST(difference, beyond_what_a_profile_keeps_any_other_word_is_a_veto) {
  std::string text;
  for (std::size_t i = 0; i < 2 * text_profile::k_tokens_max; ++i) {
    text += "word ";
  }
  EXPECT_EQ(of(text + "end", text + "end").vetoes, 0U);
  EXPECT_TRUE(of(text + "end", text + "stop").vetoes & differs::k_unread);
  EXPECT_TRUE(of(text, text + "stop").vetoes & differs::k_unread);
}

TEST(difference, long_texts_are_compared_within_the_exact_bound_and_beyond) {
  std::string text;
  for (int i = 0; i < 200; ++i) {
    text += "item" + std::string(1, static_cast<char>('a' + i % 26)) + std::string(1, static_cast<char>('a' + i / 26)) +
            " goes there ";
    if (i == 100) {
      text += "at 7 ";
    }
  }
  text.resize(1500);
  EXPECT_EQ(of(text, text).vetoes, 0U);
  EXPECT_TRUE(of("begin 5 " + text + " end here", "begin 6 " + text + " end there").vetoes & differs::k_numbers);
}

TEST(difference, too_many_words_to_look_at_each_are_a_veto) {
  std::string a = "begin";
  std::string b = "begin";
  for (int i = 0; i < 100; ++i) {
    a += " left" + std::string(1, static_cast<char>('a' + i % 26)) + std::string(1, static_cast<char>('a' + i / 26));
    b += " wrong" + std::string(1, static_cast<char>('a' + i % 26)) + std::string(1, static_cast<char>('a' + i / 26));
  }
  EXPECT_TRUE(of(a, b).vetoes & differs::k_unread);
}

TEST(difference, is_the_same_both_ways_for_any_words) {
  std::mt19937 random(7);
  constexpr const char* k_words[] = {"is",  "not", "Anna", "Bob", "5",   "kg", "before", "after", "a",
                                     "dog", "cat", "who",  "my",  "`x`", "by", "seen",   ",",     "and"};
  for (int round = 0; round < 3000; ++round) {
    std::string text[2];
    for (auto& t : text) {
      for (auto n = random() % 12; n > 0; --n) {
        t += std::string(k_words[random() % std::size(k_words)]) + " ";
      }
    }
    const auto there = of(text[0], text[1]).features;
    const auto back = of(text[1], text[0]).features;
    EXPECT_EQ(there.tokens, back.tokens) << text[0] << " | " << text[1];
    EXPECT_EQ(there.alone_a, back.alone_b) << text[0] << " | " << text[1];
    EXPECT_EQ(there.trigrams, back.trigrams);
    EXPECT_TRUE(there.tokens >= 0 && there.tokens <= 1 && there.trigrams >= 0 && there.trigrams <= 1);
  }
}

TEST(kind_name, names_the_lowest_bit) {
  EXPECT_EQ(kind_name(0), "none");
  EXPECT_EQ(kind_name(differs::k_numbers | differs::k_code), "numbers");
  EXPECT_EQ(kind_name(differs::k_foreign), "foreign");
  EXPECT_EQ(kind_name(differs::k_foreign << 1U), "none");
}

} // namespace
} // namespace inferenceflow::semantic
