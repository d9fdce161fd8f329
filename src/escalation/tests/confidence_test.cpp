#include "escalation/confidence.h"

#include <array>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <string>
#include <vector>

namespace inferenceflow::escalation {
namespace {

TEST(token_meter, knows_nothing_before_the_first_token) {
  const signals seen = token_meter{}.current();
  EXPECT_EQ(seen, signals{});
}

TEST(token_meter, sums_up_log_probabilities_and_margins) {
  token_meter meter;
  meter.add(std::log(0.4), std::array{std::log(0.4), std::log(0.3), std::log(0.2)});
  meter.add(std::log(0.8), std::array{std::log(0.1), std::log(0.8)}); // any order
  const signals seen = meter.current();
  EXPECT_NEAR(*seen.logprob_mean, (std::log(0.8) + std::log(0.4)) / 2, 1e-12);
  EXPECT_NEAR(*seen.logprob_min, std::log(0.4), 1e-12);
  EXPECT_NEAR(*seen.margin, (0.7 + 0.1) / 2, 1e-12);
}

TEST(token_meter, measures_entropy_between_sure_and_clueless) {
  token_meter sure;
  sure.add(0, std::array{0.0, -50.0});
  EXPECT_NEAR(*sure.current().entropy, 0, 1e-9);
  token_meter clueless;
  const double third = std::log(1.0 / 3);
  clueless.add(third, std::array{third, third}); // the rest is a third as well
  EXPECT_NEAR(*clueless.current().entropy, 1, 1e-9);
  token_meter torn; // between two that a provider has rounded up
  torn.add(std::log(0.8), std::array{std::log(0.8), std::log(0.8)});
  EXPECT_NEAR(*torn.current().entropy, std::log(2) / std::log(3), 1e-9);
}

TEST(token_meter, takes_numbers_that_cannot_be_as_harmless) {
  token_meter meter;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  meter.add(nan);
  meter.add(-std::numeric_limits<double>::infinity());
  EXPECT_EQ(meter.tokens(), 0U);
  meter.add(0.5, std::array{0.5, 0.5, nan}); // rounded above certainty
  const signals seen = meter.current();
  EXPECT_EQ(*seen.logprob_mean, 0);
  EXPECT_NEAR(*seen.margin, 0, 1e-12);
  EXPECT_LE(*seen.entropy, 1);
  const std::vector<double> many(10'000, -3.0);
  meter.add(-3, many);
  EXPECT_TRUE(std::isfinite(*meter.current().entropy));
}

TEST(token_meter, leaves_margin_unknown_without_alternatives) {
  token_meter meter;
  meter.add(-1);
  meter.add(-2, std::array{-2.0});
  EXPECT_FALSE(meter.current().margin);
  EXPECT_FALSE(meter.current().entropy);
  EXPECT_TRUE(meter.current().logprob_mean);
}

TEST(judge_text, tells_empty_cut_and_refused_apart) {
  signals seen;
  judge_text(" \n", false, ending::stopped, seen);
  EXPECT_TRUE(seen.empty);
  judge_text("", true, ending::stopped, seen); // tool calls need no text
  EXPECT_FALSE(seen.empty);
  judge_text("I'm sorry, but I can't help with that.", true, ending::stopped, seen);
  EXPECT_FALSE(seen.refusal) << "it goes on with a call";
  judge_text("The sum is", false, ending::cut, seen);
  EXPECT_TRUE(seen.cut);
  EXPECT_FALSE(seen.refusal);
  judge_text("", false, ending::refused, seen);
  EXPECT_TRUE(seen.refusal);
}

class refusals : public ::testing::TestWithParam<const char*> {};

TEST_P(refusals, are_recognised) {
  EXPECT_TRUE(reads_as_refusal(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(languages, refusals,
                         ::testing::Values("I’m sorry, but I can’t help with that.",
                                           "I cannot assist with this request.",
                                           "Unfortunately, I am unable to browse the web.",
                                           "Das kann ich leider nicht tun.", "Ich kann dabei nicht helfen.",
                                           "Je suis désolé, mais je ne peux pas vous aider.",
                                           "Lo siento, no puedo ayudar con eso.", "Mi dispiace, non posso aiutarti.",
                                           "Desculpe, não posso ajudar com isso.", "Ik kan u niet helpen.",
                                           "К сожалению, я не могу помочь с этим.", "抱歉，我无法提供这些信息。",
                                           "申し訳ありませんが、お手伝いできません。"));

class answers : public ::testing::TestWithParam<std::string> {};

TEST_P(answers, are_no_refusals) {
  EXPECT_FALSE(reads_as_refusal(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(
    kinds, answers,
    ::testing::Values("", "I can help with that: 42.", "I cannot recommend this film enough.",
                      "Paris is the capital of France. In this story the hero says at the very end: "
                      "\"I cannot help with the harvest.\"",
                      std::string(300, ' ') + "x", std::string("\xff\xfe\x80", 3), std::string(1U << 20U, 'a')));

} // namespace
} // namespace inferenceflow::escalation
