#include "replay/log/tests/sample_files.h"
#include "replay/log/text_source.h"

#include <gtest/gtest.h>

namespace inferenceflow::replay {
namespace {

TEST(text_source, cuts_lines_and_passes_over_empty_ones) {
  const sample_file file{"\xef\xbb\xbf{\"a\":1}\r\n\n  \n{\"b\":2}"};
  auto source = text_source::open(file.path(), 100).value();
  EXPECT_EQ(source.next_line()->text, "{\"a\":1}");
  EXPECT_EQ(source.next_line()->text, "{\"b\":2}");
  EXPECT_FALSE(source.next_line());
  EXPECT_EQ(source.taken(), source.total());
}

TEST(text_source, a_line_too_long_costs_itself_alone) {
  const sample_file file{std::string(50, 'x') + "\nshort\n"};
  auto source = text_source::open(file.path(), 10).value();
  EXPECT_TRUE(source.next_line()->too_long);
  EXPECT_EQ(source.next_line()->text, "short");
}

TEST(text_source, cuts_an_array_at_its_commas_and_at_no_others) {
  const sample_file file{"\n[ {\"a\": [1, {\"b\": \"],}\\\"\"}]} ,\n{\"c\":2},{\"d\":3} ]\ngarbage"};
  auto source = text_source::open(file.path(), 100).value();
  EXPECT_EQ(source.next_element()->text, "{\"a\": [1, {\"b\": \"],}\\\"\"}]} ");
  EXPECT_EQ(source.next_element()->text, "{\"c\":2}");
  EXPECT_EQ(source.next_element()->text, "{\"d\":3} ");
  EXPECT_FALSE(source.next_element());
  EXPECT_FALSE(source.next_element());
}

TEST(text_source, an_array_cut_short_says_so) {
  const sample_file file{"[{\"a\":1},{\"b\":"};
  auto source = text_source::open(file.path(), 100).value();
  EXPECT_TRUE(source.next_element()->whole);
  EXPECT_FALSE(source.next_element()->whole);
  EXPECT_FALSE(source.next_element());
}

TEST(text_source, an_empty_array_has_no_elements) {
  const sample_file file{"[]"};
  auto source = text_source::open(file.path(), 100).value();
  EXPECT_FALSE(source.next_element());
}

TEST(text_source, a_row_too_long_is_not_kept_field_by_field) {
  std::string row;
  for (int i = 0; i < 50; ++i) {
    row += std::string(90, 'x') + ",";
  }
  const sample_file file{row + "\na,b\n"};
  auto source = text_source::open(file.path(), 100).value();
  std::vector<std::string> fields;
  bool too_long = false;
  ASSERT_TRUE(source.next_row(fields, too_long));
  EXPECT_TRUE(too_long);
  EXPECT_EQ(fields.size(), 1U);
  ASSERT_TRUE(source.next_row(fields, too_long));
  EXPECT_FALSE(too_long);
  EXPECT_EQ(fields, (std::vector<std::string>{"a", "b"}));
}

TEST(text_source, reads_quoted_fields_with_commas_quotes_and_line_ends) {
  const sample_file file{"a,\"b,\"\"c\"\"\nd\",\r\n,,\n"};
  auto source = text_source::open(file.path(), 100).value();
  std::vector<std::string> fields;
  bool too_long = false;
  ASSERT_TRUE(source.next_row(fields, too_long));
  EXPECT_EQ(fields, (std::vector<std::string>{"a", "b,\"c\"\nd", ""}));
  ASSERT_TRUE(source.next_row(fields, too_long));
  EXPECT_EQ(fields, (std::vector<std::string>{"", "", ""}));
  EXPECT_FALSE(source.next_row(fields, too_long));
}

TEST(text_source, a_quote_that_is_never_closed_ends_with_the_file) {
  const sample_file file{"a,\"" + std::string(500, 'x')};
  auto source = text_source::open(file.path(), 100).value();
  std::vector<std::string> fields;
  bool too_long = false;
  ASSERT_TRUE(source.next_row(fields, too_long));
  EXPECT_TRUE(too_long);
  EXPECT_FALSE(source.next_row(fields, too_long));
}

TEST(text_source, what_cannot_be_read_is_an_error) {
  EXPECT_EQ(text_source::open("/nowhere/at/all", 10).error().kind, error_kind::unavailable);
  EXPECT_EQ(text_source::open("/", 10).error().kind, error_kind::unavailable);
}

} // namespace
} // namespace inferenceflow::replay
