#include "base/ids.h"

#include <gtest/gtest.h>
#include <set>

namespace inferenceflow {
namespace {

TEST(request_id, is_a_version_7_uuid_that_sorts_by_time) {
  const wall_time early{std::chrono::milliseconds{1'700'000'000'000}};
  const std::string a = make_request_id(early);
  const std::string b = make_request_id(early + std::chrono::milliseconds{1});
  ASSERT_EQ(a.size(), 36U);
  EXPECT_EQ(a.substr(0, 13), "018bcfe5-6800");
  EXPECT_EQ(a[14], '7');
  EXPECT_NE(std::string{"89ab"}.find(a[19]), std::string::npos);
  EXPECT_LT(a, b);
  EXPECT_TRUE(is_valid_request_id(a));
}

TEST(request_id, is_unique) {
  std::set<std::string> seen;
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_TRUE(seen.insert(make_request_id(wall_time{})).second);
  }
}

TEST(request_id, refuses_what_could_break_a_header_or_a_log) {
  EXPECT_FALSE(is_valid_request_id(""));
  EXPECT_FALSE(is_valid_request_id("a\r\nb"));
  EXPECT_FALSE(is_valid_request_id("a b"));
  EXPECT_FALSE(is_valid_request_id("\"quote"));
  EXPECT_FALSE(is_valid_request_id(std::string(k_request_id_bytes_max + 1, 'a')));
  EXPECT_TRUE(is_valid_request_id(std::string(k_request_id_bytes_max, 'a')));
}

TEST(traceparent, yields_the_trace_id_of_valid_headers_only) {
  EXPECT_EQ(trace_id_of("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(trace_id_of("00-00000000000000000000000000000000-b7ad6b7169203331-01"), "");
  EXPECT_EQ(trace_id_of("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), "");
  EXPECT_EQ(trace_id_of("00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), "");
  EXPECT_EQ(trace_id_of("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x"), "");
  EXPECT_EQ(trace_id_of(""), "");
}

} // namespace
} // namespace inferenceflow
