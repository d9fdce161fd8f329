#include "base/percent.h"

#include <gtest/gtest.h>

namespace inferenceflow {
namespace {

TEST(percent, escapes_all_but_the_unreserved) {
  std::string out = "?t=";
  append_percent_encoded(out, "aZ0-._~ /+%\xC3\xA9");
  EXPECT_EQ(out, "?t=aZ0-._~%20%2F%2B%25%C3%A9");
  EXPECT_EQ(percent_decoded(out), "?t=aZ0-._~ /+%\xC3\xA9");
}

TEST(percent, what_is_no_escape_stays) {
  EXPECT_EQ(percent_decoded("100%"), "100%");
  EXPECT_EQ(percent_decoded("%4"), "%4");
  EXPECT_EQ(percent_decoded("%zz%41%e9"), "%zzA\xE9");
}

} // namespace
} // namespace inferenceflow
