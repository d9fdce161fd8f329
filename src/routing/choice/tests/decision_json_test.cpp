#include "routing/choice/decision_json.h"

#include <algorithm>
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferenceflow::routing {
namespace {

using testing::HasSubstr;

decision made() {
  decision one;
  one.route = "auto";
  one.strategy = "cost_optimal";
  one.candidates = {{.provider = "openai",
                     .model = "gpt-4o",
                     .why = verdict::dearer,
                     .detail = "0.0021 USD",
                     .quality = 0.97,
                     .cost_usd = 0.0021,
                     .seconds = 2.5,
                     .score = 1,
                     .output_tokens = 200},
                    {.provider = "openai",
                     .model = "gpt-4o-mini",
                     .tier = "small",
                     .why = verdict::chosen,
                     .quality = 0.93,
                     .cost_usd = 0.00012,
                     .score = 0.0571428571},
                    {.provider = "local", .model = "tiny", .why = verdict::context, .detail = "\"8,000\" tokens"}};
  one.order = {1, 0};
  one.chosen = 1;
  one.complexity = 0.25;
  one.predictor = "knn";
  return one;
}

TEST(decision_json, says_everything_and_null_for_what_is_not_known) {
  EXPECT_EQ(
      decision_json(made()),
      R"({"route":"auto","strategy":"cost_optimal",)"
      R"("chosen":{"provider":"openai","model":"gpt-4o-mini","tier":"small"},"why":null,"candidates":[)"
      R"({"provider":"openai","model":"gpt-4o","tier":null,"verdict":"dearer","detail":"0.0021 USD","quality":0.97,)"
      R"("cost_usd":0.0021,"seconds":2.5,"score":1,"output_tokens":200},)"
      R"({"provider":"openai","model":"gpt-4o-mini","tier":"small","verdict":"chosen","detail":null,"quality":0.93,)"
      R"("cost_usd":0.00012,"seconds":null,"score":0.0571429,"output_tokens":null},)"
      R"({"provider":"local","model":"tiny","tier":null,"verdict":"context","detail":"\"8,000\" tokens","quality":null,)"
      R"("cost_usd":null,"seconds":null,"score":null,"output_tokens":null}],)"
      R"("order":["openai/gpt-4o-mini","openai/gpt-4o"],)"
      R"("propensity":1,"explored":false,"complexity":0.25,"predictor":"knn"})");
}

TEST(decision_json, nobody_chosen_is_null) {
  decision none = made();
  none.chosen = -1;
  none.order.clear();
  EXPECT_THAT(decision_json(none), HasSubstr(R"("chosen":null,"why":null)"));
  EXPECT_THAT(decision_json(none), HasSubstr(R"("order":[])"));
  EXPECT_THAT(decision_json({}), HasSubstr(R"("candidates":[])"));
}

TEST(decision_json, a_wrong_index_or_figure_breaks_nothing) {
  decision odd = made();
  odd.chosen = 99;
  odd.order = {7, 0};
  odd.propensity = std::nan("");
  odd.candidates[0].cost_usd = INFINITY;
  const std::string text = decision_json(odd);
  EXPECT_THAT(text, HasSubstr(R"("chosen":null)"));
  EXPECT_THAT(text, HasSubstr(R"("order":["openai/gpt-4o"])"));
  EXPECT_THAT(text, HasSubstr(R"("propensity":null)"));
  EXPECT_THAT(text, HasSubstr(R"("cost_usd":null,"seconds":2.5)"));
}

TEST(decision_json, who_was_explored_says_so) {
  decision tried = made();
  tried.explored = true;
  EXPECT_THAT(decision_json(tried), HasSubstr(R"("why":"chosen to learn from it")"));
}

TEST(decision_header, is_short) {
  EXPECT_EQ(decision_header(made()), "auto->gpt-4o-mini; cost_optimal; quality=0.93; cost_usd=0.00012; escalations=0");
  decision none = made();
  none.chosen = -1;
  EXPECT_EQ(decision_header(none, 2), "auto->none; cost_optimal; escalations=2");
}

TEST(decision_header, holds_nothing_that_a_header_cannot) {
  decision odd = made();
  odd.route = "a\r\nb; c\x7fz\xc3\xa4";
  odd.candidates[1].model = std::string(5'000, 'm');
  odd.strategy = std::string(5'000, 's');
  odd.candidates[1].cost_usd = 1.23456789e-300;
  odd.candidates[1].quality = 0.123456789;
  const std::string text = decision_header(odd, UINT32_MAX);
  EXPECT_LE(text.size(), k_decision_header_bytes_max);
  EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; })) << text;
  EXPECT_THAT(text, HasSubstr("->mmm"));
  EXPECT_THAT(text, testing::StartsWith("a??b??c?z??"));
  EXPECT_THAT(text, testing::EndsWith("escalations=4.29e+09"));
}

} // namespace
} // namespace inferenceflow::routing
