#include "turn/code_point.h"
#include "turn/normalised_answer.h"

#include <gtest/gtest.h>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace inferenceflow::turn {
namespace {

TEST(normalised_answer, spells_alike_what_says_the_same) {
  const std::vector<std::pair<std::string, std::string>> alike{
      {"Paris", "paris"},
      {"Paris.", "  Paris\n"},
      {"**Paris**", "Paris!"},
      {"*Paris* is it", "Paris is it"},
      {"***Paris*** is it", "Paris is it"},
      {"the _one and only_ Paris", "the one and only Paris"},
      {"The capital is **Paris**.", "the capital is Paris"},
      {"\"Paris\"", "Paris"},
      {"“Paris.”", "Paris"},
      {"(Paris)", "[paris]"},
      {"It’s fine", "It's fine"},
      {"a – b", "a - b"},
      {"wait…", "wait..."},
      {"one\u00a0two\u3000three\r\nfour", "one two three four"},
      {"co\u00adop\u200b", "coop"},
      {"## Paris", "Paris"},
      {"- red\n- green", "* Red\n* Green"},
      {"• red\n• green", "red green"},
      {"1. red\n2. green", "1. Red 2. Green"},
      {"`foo`", "foo"},
      {"```python\nx = 1\n```", "```\nx = 1\n```"},
      {"1,000", "1000"},
      {"1,234,567.0 km", "1234567 km"},
      {"It costs $1,000.00.", "it costs $1000"},
      {"-5.0", "-5"},
      {"−5", "-5"},
      {"ΑΒΓ Σ", "αβγ ς"},
      {"ПРИВЕТ", "привет"},
      {"ÉCOLE", "école"},
      {"東京。", "東京"},
      {"**1,000**", "1000"},
      {"答えは**東京**です", "答えは東京です"},
      {"1000.0, then 5.00; so", "1000, then 5; so"},
      {"```\nx\n```\n  done", "```\nx\n```\ndone"},
      {"*5* apples", "5 apples"},
  };
  for (const auto& [one, other] : alike) {
    EXPECT_TRUE(answers_agree_exactly(one, other)) << one << " → " << normalised(one) << "\n"
                                                   << other << " → " << normalised(other);
    EXPECT_TRUE(answers_agree_exactly(other, one)) << one << " / " << other;
  }
}

TEST(normalised_answer, keeps_apart_what_may_mean_something_else) {
  const std::vector<std::pair<std::string, std::string>> apart{
      {"Paris", "London"},
      {"Paris", "Paris?"},
      {"5", "-5"},
      {"5", "- 5"},
      {"5", "+ 5"},
      {"5", "> 5"},
      {"5", ".5"},
      {"5", "5!"},
      {"5", "# 5"},
      {"5", "5%"},
      {"3.10", "3.1"},
      {"1.0.0", "1.0"},
      {"1.0.0", "1"},
      {"1.0rc", "1rc"},
      {"1.0,5", "1,5"},
      {"1000", "1,00"},
      {"1,2,345", "12345"},
      {"1,2,345", "1,2345"},
      {"1,0000", "10000"},
      {"0,123", "123"},
      {"3 * 4 * 5", "3 4 5"},
      {"3*4*5", "345"},
      {"2 *3", "2 3"},
      {"__init__", "init"},
      {"snake_case_name", "snakecasename"},
      {"~~yes~~ no", "yes no"},
      {"`Foo`", "`foo`"},
      {"```\nif x:\n  y\n```", "```\nif x:\ny\n```"},
      {"```\nA\n```", "```\na\n```"},
      {"1. red", "2. red"},
      {"ab", "a b"},
      {"\"a\" or \"b\"", "a\" or \"b"},
      {"10 000", "10000"},
      {"x1,000", "x1000"},
      {"12:30", "12:30:00"},
  };
  for (const auto& [one, other] : apart) {
    EXPECT_FALSE(answers_agree_exactly(one, other)) << one << " / " << other << " → " << normalised(one);
  }
}

TEST(normalised_answer, nothing_agrees_only_with_itself) {
  EXPECT_TRUE(answers_agree_exactly("", ""));
  EXPECT_FALSE(answers_agree_exactly("", "."));
  EXPECT_FALSE(answers_agree_exactly("!", "."));
  EXPECT_FALSE(answers_agree_exactly(" ", "\n"));
  EXPECT_EQ(normalised("..."), "");
  EXPECT_EQ(normalised("**"), "**");
}

TEST(normalised_answer, malformed_utf8_agrees_only_to_the_byte) {
  for (const std::string& bad : {std::string{"a\xff"}, std::string{"a\xc3"}, std::string{"\xed\xa0\x80"},
                                 std::string{"\xc0\x80"}, std::string{"\xf4\x90\x80\x80"}, std::string{"\x80"}}) {
    EXPECT_TRUE(answers_agree_exactly(bad, bad));
    EXPECT_FALSE(answers_agree_exactly(bad, bad + ".")) << bad;
    EXPECT_FALSE(answers_agree_exactly(bad, "a\xef\xbf\xbd")) << bad;
    std::string rest = normalised(bad);
    std::string_view view = rest;
    while (!view.empty()) {
      EXPECT_TRUE(take_code_point(view).well_formed) << bad;
    }
  }
}

TEST(normalised_answer, long_answers_are_compared_as_they_are) {
  const std::string most(k_answer_bytes_max, 'a');
  EXPECT_TRUE(answers_agree_exactly(most, std::string(k_answer_bytes_max, 'A')));
  EXPECT_TRUE(answers_agree_exactly(most + "a", most + "a"));
  EXPECT_FALSE(answers_agree_exactly(most + "a", most + "A"));
}

TEST(normalised_answer, unfinished_marks_are_text) {
  EXPECT_EQ(normalised("**Paris"), "**paris");
  EXPECT_EQ(normalised("`Paris"), "`paris");
  EXPECT_EQ(normalised("```\nCode"), "Code");
  EXPECT_EQ(normalised("a ** b"), "a ** b");
}

TEST(normalised_answer, any_bytes_give_text_that_stays_as_it_is_in_size) {
  std::mt19937 random{20240607}; // NOLINT(cert-msc51-cpp): a test repeats
  const std::string alphabet = "aA1,.*_`~#- \n\"'()\xc3\xa9\xe2\x80\x94\xff!0";
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    const std::size_t size = random() % 40;
    for (std::size_t at = 0; at < size; ++at) {
      text.push_back(alphabet[random() % alphabet.size()]);
    }
    const std::string made = normalised(text);
    EXPECT_LE(made.size(), 3 * text.size());
    std::string_view view = made;
    while (!view.empty()) {
      ASSERT_TRUE(take_code_point(view).well_formed) << text;
    }
    EXPECT_TRUE(answers_agree_exactly(text, text));
  }
}

TEST(normalised_answer, many_marks_take_linear_time) {
  for (const char* piece : {"*a ", "**a ", "`", "`a``b", "_x y", "1,", "((", "\"", "#", "1.0"}) {
    std::string text;
    while (text.size() < k_answer_bytes_max) {
      text += piece;
    }
    EXPECT_LE(normalised(text).size(), text.size());
  }
}

} // namespace
} // namespace inferenceflow::turn
