#include "http/header_block.h"

#include <gtest/gtest.h>

namespace inferenceflow::http {
namespace {

TEST(header_block, no_value_can_start_a_header_of_its_own) {
  header_block lines;
  lines.add("x-a", "one\r\nx-evil: two").add("x-b", "");
  EXPECT_EQ(lines.text(), "x-a: one  x-evil: two\r\nx-b: \r\n");
}

TEST(header_block, status_lines_and_dates_have_their_standard_form) {
  EXPECT_EQ(status_line(404), "HTTP/1.1 404 Not Found\r\n");
  const std::string date{date_now()};
  ASSERT_EQ(date.size(), 29U) << date;
  EXPECT_EQ(date.substr(25), " GMT");
  EXPECT_EQ(date[3], ',');
}

} // namespace
} // namespace inferenceflow::http
