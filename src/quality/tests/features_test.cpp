#include "quality/features.h"

#include <cmath>
#include <gtest/gtest.h>
#include <set>
#include <string>

namespace inferenceflow::quality {
namespace {

features of(std::string_view text) {
  features found;
  extract({.text = text}, found);
  return found;
}

TEST(features, count_words_numbers_and_signs) {
  const features found = of("How many apples cost $12.50, if 3 cost 9?\n");
  EXPECT_FLOAT_EQ(found.of(mark::words), std::log1p(6.0F));
  EXPECT_FLOAT_EQ(found.of(mark::numbers), std::log1p(4.0F));
  EXPECT_FLOAT_EQ(found.of(mark::dollars), std::log1p(1.0F));
  EXPECT_EQ(found.of(mark::how_many), 1);
  EXPECT_EQ(found.of(mark::asks_how), 1);
  EXPECT_EQ(found.of(mark::ends_question), 1);
  EXPECT_EQ(found.of(mark::lines), std::log1p(1.0F));
}

TEST(features, tell_code_mathematics_options_and_language) {
  EXPECT_GT(of("def f(x: int) -> str:\n    return str(x)").of(mark::code_share), 0.3F);
  EXPECT_EQ(of("```\nx\n```").of(mark::fences), 1);
  EXPECT_GT(of("What is \\frac{1}{2} of $x$?").of(mark::latex), 0);
  EXPECT_FLOAT_EQ(of("Pick:\nA. one\nB. two\nC. three").of(mark::options), std::log1p(3.0F));
  EXPECT_GT(of("Der Hund und die Katze").of(mark::foreign_share), 0.5F);
  EXPECT_EQ(of("Write a poem about rain.").of(mark::task_first), 1);
  EXPECT_GT(of("Answer in JSON with this schema").of(mark::format_share), 0.2F);
}

TEST(features, know_the_conversation) {
  features found;
  extract({.text = "x", .context = "abc", .turns = 4, .tools = true, .json = true}, found);
  EXPECT_FLOAT_EQ(found.of(mark::turns), std::log1p(3.0F));
  EXPECT_FLOAT_EQ(found.of(mark::context_bytes), std::log1p(3.0F));
  EXPECT_EQ(found.of(mark::tools), 1);
  EXPECT_EQ(found.of(mark::json), 1);
  EXPECT_EQ(found.of(mark::images), 0);
}

TEST(features, hashes_are_distinct_do_not_know_case_but_know_order) {
  const features found = of("the cat saw the cat saw the cat");
  const auto words = found.words();
  EXPECT_EQ(std::set<std::uint16_t>(words.begin(), words.end()).size(), words.size());
  EXPECT_EQ(words.size(), 6U); // the, cat, saw and three pairs
  const features capital = of("The CAT saw the cat saw the cat");
  EXPECT_TRUE(std::equal(words.begin(), words.end(), capital.words().begin(), capital.words().end()));
  const features turned = of("cat the saw");
  const features straight = of("the cat saw");
  EXPECT_EQ(turned.count, straight.count);
  EXPECT_NE(std::set<std::uint16_t>(turned.words().begin(), turned.words().end()),
            std::set<std::uint16_t>(straight.words().begin(), straight.words().end()));
}

TEST(features, are_bounded_and_finite_for_any_bytes) {
  std::string bytes;
  for (int i = 0; i < 300'000; ++i) {
    bytes.push_back(static_cast<char>((i * 131 + i / 7) % 256));
  }
  for (const std::string_view text :
       {std::string_view{bytes}, std::string_view{}, std::string_view{" \n\t"}, std::string_view{"\\"},
        std::string_view{"```"}, std::string_view{bytes}.substr(0, 1)}) {
    const features found = of(text);
    EXPECT_LE(found.count, k_hashed_max);
    for (const float x : found.dense) {
      EXPECT_TRUE(std::isfinite(x));
    }
  }
}

TEST(features, a_long_text_counts_from_both_ends) {
  const std::string middle(4 * k_scan_bytes_max, 'm');
  const features found = of("algebra " + middle + " chemistry");
  const auto words = found.words();
  const std::set<std::uint16_t> all(words.begin(), words.end());
  EXPECT_TRUE(all.contains(of("algebra").words()[0]));
  EXPECT_TRUE(all.contains(of("chemistry").words()[0]));
}

TEST(features, every_mark_has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < k_dense; ++i) {
    names.insert(to_string(static_cast<mark>(i)));
  }
  EXPECT_EQ(names.size(), k_dense);
  EXPECT_FALSE(names.contains(""));
}

TEST(complexity, rises_with_what_is_asked) {
  const float greeting = complexity({.text = "Hi"});
  const float question = complexity({.text = "What is the capital of France?"});
  const float proof = complexity(
      {.text = "Prove that \\sum_{i=1}^n i = \\frac{n(n+1)}{2} for every integer n, step by step, and compute the sum "
               "of the first "
               "100 squares. Then write a python function def f(n: int) -> int that returns it, with asserts.",
       .turns = 4,
       .reasoning = true});
  EXPECT_LT(greeting, question);
  EXPECT_LT(question, 0.35F);
  EXPECT_GT(proof, 0.5F);
  EXPECT_LE(proof, 1);
  EXPECT_GE(greeting, 0);
  EXPECT_GE(complexity(prompt{}), 0);
  EXPECT_GT(complexity({.text = "Hi", .turns = 9}), greeting);
  EXPECT_GT(complexity({.text = "Hi", .context = "What was said before."}), greeting);
  EXPECT_GT(complexity({.text = "Hi", .tools = true}), greeting);
}

} // namespace
} // namespace inferenceflow::quality
