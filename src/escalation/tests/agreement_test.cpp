#include "escalation/agreement.h"
#include "turn/normalised_answer.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace inferenceflow::escalation {
namespace {

agreement of(const std::vector<std::string>& texts, sameness by) {
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  return agreement_of(views, by);
}

TEST(agreement, is_nothing_without_answers) {
  const agreement none = agreement_of({}, sameness::whole);
  EXPECT_EQ(none.share, 0);
  EXPECT_EQ(none.classes, 0U);
}

TEST(agreement, counts_looks_as_the_same) {
  const agreement found = of({"Paris.", "paris", "**Paris**", "Lyon"}, sameness::whole);
  EXPECT_EQ(found.classes, 2U);
  EXPECT_EQ(found.majority, 0U);
  EXPECT_DOUBLE_EQ(found.share, 0.75);
}

TEST(agreement, compares_what_ways_lead_to) {
  const std::vector<std::string> ways = {"2 + 3 = 5, so the answer is 5.", "He has 5 apples",
                                         "First 3, then 7.\n#### 7", "5.00"};
  EXPECT_EQ(of(ways, sameness::whole).classes, 4U);
  const agreement found = of(ways, sameness::last);
  EXPECT_EQ(found.classes, 2U);
  EXPECT_DOUBLE_EQ(found.share, 0.75);
}

TEST(agreement, lets_blank_answers_lower_the_share) {
  const agreement found = of({"", "7", " \n", "7"}, sameness::last);
  EXPECT_EQ(found.answered, 2U);
  EXPECT_EQ(found.majority, 1U);
  EXPECT_DOUBLE_EQ(found.share, 0.5);
}

TEST(agreement, takes_the_earlier_of_two_equal_classes) {
  EXPECT_EQ(of({"b", "a", "a", "b"}, sameness::whole).majority, 0U);
}

TEST(agreement, looks_at_a_bounded_number_of_samples) {
  std::vector<std::string> many(k_samples_max, "same");
  many.resize(10 * k_samples_max, "other");
  const agreement found = of(many, sameness::whole);
  EXPECT_EQ(found.classes, 1U);
  EXPECT_DOUBLE_EQ(found.share, 1);
}

TEST(final_answer, finds_what_was_marked) {
  EXPECT_EQ(final_answer("so \\boxed{\\frac{1}{2}} it is, not 3"), "\\frac{1}{2}");
  EXPECT_EQ(final_answer("3 and 4\n#### 1,234"), "1234");
  EXPECT_EQ(final_answer("The answer is: 05/01/2021."), "05/01/2021");
  EXPECT_EQ(final_answer("Answer: Paris\nbecause 12 say so"), "paris");
  EXPECT_EQ(final_answer("The answer is $18 a day."), "18");
}

TEST(final_answer, takes_the_last_number_where_nothing_is_marked) {
  EXPECT_EQ(final_answer("From 3 to -4.50"), "-4.5");
  EXPECT_EQ(final_answer("it costs $18.00."), "18");
  EXPECT_EQ(final_answer("10-4"), "4"); // a subtraction, not a sign
  EXPECT_EQ(final_answer("yes"), "yes");
  EXPECT_EQ(final_answer(""), "");
  EXPECT_EQ(final_answer("."), "");
}

TEST(final_answer, reads_the_end_of_what_is_huge_and_survives_garbage) {
  EXPECT_EQ(final_answer(std::string(4 * turn::k_answer_bytes_max, 'x') + " #### 7"), "7");
  EXPECT_NE(final_answer("#### 7\n" + std::string(4 * turn::k_answer_bytes_max, 'x')), "7");
  EXPECT_FALSE(final_answer(std::string("\xff\\boxed{\xc3", 9)).empty());
  EXPECT_FALSE(final_answer(std::string(1000, '{') + "\\boxed{" + std::string(1000, '{')).empty());
}

} // namespace
} // namespace inferenceflow::escalation
