#include "quality/training_set.h"

#include <cmath>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace inferenceflow::quality {
namespace {

TEST(training_set, reads_all_members_and_ignores_others) {
  const auto read =
      read_training_text("\xef\xbb\xbf{\"prompt\":\"a\\nb\",\"context\":\"c\",\"turns\":3,\"scores\":{\"y\":0.5,"
                         "\"x\":1},\"output_tokens\":{\"x\":12},\"vector\":[3,4],"
                         "\"weight\":2,\"group\":\"g\",\"note\":{\"a\":[1]}}\r\n\n{\"prompt\":\"d\","
                         "\"scores\":{\"x\":0},\"vector\":[0,2],\"group\":\"g\"}");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->models, (std::vector<std::string>{"x", "y"}));
  ASSERT_EQ(read->rows.size(), 2U);
  const example& first = read->rows[0];
  EXPECT_EQ(first.text, "a\nb");
  EXPECT_EQ(first.context, "c");
  EXPECT_EQ(first.turns, 3U);
  EXPECT_EQ(first.scores, (std::vector<float>{1, 0.5F}));
  EXPECT_EQ(first.output_tokens[0], 12);
  EXPECT_TRUE(std::isnan(first.output_tokens[1]));
  EXPECT_FLOAT_EQ(first.vector[0], 0.6F);
  EXPECT_FLOAT_EQ(first.weight, 2);
  EXPECT_EQ(first.group, read->rows[1].group);
  EXPECT_NE(first.group, 0U);
  EXPECT_TRUE(std::isnan(read->rows[1].scores[1]));
  EXPECT_EQ(read->dimensions, 2U);
  EXPECT_EQ(read->read.missing_scores, 1U);
  EXPECT_EQ(read->read.lines, 2U);
}

TEST(training_set, leaves_broken_lines_out_and_says_which) {
  std::string text;
  for (int i = 0; i < 20; ++i) {
    text += R"({"prompt":"p","scores":{"x":1}})"
            "\n";
  }
  text +=
      "not "
      "json\n{\"prompt\":\"p\",\"scores\":{\"x\":2}}\n{\"scores\":{\"x\":1}}\n{\"prompt\":7,\"scores\":{\"x\":1}}\n";
  text += "{\"prompt\":\"p\",\"scores\":{\"x\":1},\"vector\":[0,0]}\n{\"prompt\":\"p\",\"scores\":{\"x\":1e999}}\n{"
          "\"prompt\":\"p\"\n";
  text +=
      "{\"prompt\":\"p\",\"scores\":{\"x\":1},\"weight\":0}\n{\"prompt\":\"p\",\"scores\":{}}\n{\"prompt\":\"p\"}\n";
  const auto read = read_training_text(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->rows.size(), 20U);
  EXPECT_EQ(read->read.broken, 8U);
  EXPECT_EQ(read->read.without_scores, 2U);
  ASSERT_EQ(read->read.faults.size(), 8U);
  EXPECT_TRUE(read->read.faults[0].starts_with("line 21: ")) << read->read.faults[0];
  EXPECT_NE(read->read.faults[1].find("scores of x is 2"), std::string::npos) << read->read.faults[1];
}

TEST(training_set, a_text_that_cannot_be_decoded_is_a_fault_and_no_empty_prompt) {
  const std::string good = "{\"prompt\":\"p\",\"scores\":{\"x\":1}}\n";
  const auto read = read_training_text(good + good + R"({"prompt":"half \ud800","scores":{"x":1}})" + "\n");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->rows.size(), 2U);
  ASSERT_EQ(read->read.faults.size(), 1U);
  EXPECT_NE(read->read.faults[0].find("surrogate"), std::string::npos) << read->read.faults[0];
}

TEST(training_set, a_weight_that_a_float_takes_for_nothing_is_a_fault) {
  const std::string good = "{\"prompt\":\"p\",\"scores\":{\"x\":1},\"weight\":1e-6}\n";
  const auto read = read_training_text(good + good + R"({"prompt":"p","scores":{"x":1},"weight":1e-300})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->rows.size(), 2U);
  EXPECT_EQ(read->read.broken, 1U);
}

TEST(training_set, carriage_returns_alone_are_a_blank_line) {
  const auto read = read_training_text("{\"prompt\":\"p\",\"scores\":{\"x\":1}}\r\r\n\r\r\n");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->read.lines, 1U);
}

TEST(training_set, tells_only_the_first_faults) {
  std::string text;
  for (int i = 0; i < 40; ++i) {
    text += std::string{R"({"prompt":"p","scores":{"x":1}})"} + "\n" + (i < 30 ? "?\n" : "");
  }
  const auto read = read_training_text(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->read.broken, 30U);
  EXPECT_EQ(read->read.faults.size(), k_faults_max);
}

TEST(training_set, refuses_a_file_without_rows) {
  EXPECT_NE(read_training_text("").error().message.find("empty"), std::string::npos);
  EXPECT_NE(read_training_text("\n \n").error().message.find("empty"), std::string::npos);
  EXPECT_FALSE(read_training_text("{\"prompt\":\"p\"}"));
  EXPECT_FALSE(read_training_text("?\n?\n{\"prompt\":\"p\",\"scores\":{\"x\":1}}"));
  EXPECT_EQ(read_training_file("/none/such").error().kind, error_kind::not_found);
}

TEST(training_set, refuses_more_models_than_fit) {
  std::string text;
  for (std::size_t i = 0; i <= k_models_max; ++i) {
    text += fmt::format("{{\"prompt\":\"p\",\"scores\":{{\"m{}\":1}}}}\n", i);
  }
  const auto read = read_training_text(text);
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message.find("line 65"), std::string::npos);
}

TEST(training_set, shortens_a_huge_prompt_at_characters) {
  std::string huge;
  while (huge.size() < 3 * k_text_bytes_max) {
    huge += "\xC3\xA9\xE2\x82\xAC";
  }
  const auto read = read_training_text("{\"prompt\":\"" + huge + "\",\"scores\":{\"x\":1}}");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->read.shortened, 1U);
  const std::string& kept = read->rows[0].text;
  EXPECT_LE(kept.size(), k_text_bytes_max);
  EXPECT_GT(kept.size(), k_text_bytes_max - 8);
  EXPECT_EQ(kept.size() % 5 == 0 || kept.size() % 5 == 2 || kept.size() % 5 == 3, true);
}

TEST(training_set, a_line_beyond_the_bound_is_broken) {
  const std::string good = "{\"prompt\":\"p\",\"scores\":{\"x\":1}}\n";
  const auto read = read_training_text(good + good + "{\"prompt\":\"" + std::string(k_line_bytes_max, 'a') +
                                       "\",\"scores\":{\"x\":1}}\n");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->read.broken, 1U);
  EXPECT_EQ(read->rows.size(), 2U);
}

TEST(training_set, vectors_count_only_where_every_row_has_one) {
  const auto read = read_training_text(
      "{\"prompt\":\"p\",\"scores\":{\"x\":1},\"vector\":[1,2]}\n{\"prompt\":\"p\",\"scores\":{\"x\":1}}\n");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->dimensions, 0U);
}

TEST(training_set, groups_prompts_that_differ_in_numbers_only) {
  training_set rows;
  for (const char* text : {"Buy 3 apples", "buy 17  apples", "Sell 3 apples"}) {
    rows.rows.emplace_back();
    rows.rows.back().text = text;
  }
  rows.rows.emplace_back();
  rows.rows.back().text = "Buy 3 apples";
  rows.rows.back().group = 5;
  group_copies(rows);
  EXPECT_EQ(rows.rows[0].group, rows.rows[1].group);
  EXPECT_NE(rows.rows[0].group, rows.rows[2].group);
  EXPECT_EQ(rows.rows[3].group, 5U);
}

} // namespace
} // namespace inferenceflow::quality
