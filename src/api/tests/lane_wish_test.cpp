#include "api/lane_wish.h"
#include "http/request_parser.h"

#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::api {
namespace {

using std::chrono::milliseconds;

// Reads one header field; the request began at the epoch of the clock.
result<pipeline::request> wish(std::string_view name, std::string_view value) {
  const std::string text =
      "POST / HTTP/1.1\r\nhost: a\r\n" + std::string{name} + ": " + std::string{value} + "\r\n\r\n";
  http::request_parser parser{{}};
  EXPECT_TRUE(parser.feed(text));
  pipeline::request request;
  const auto read = read_lane_headers(parser.head(), request);
  return read ? result<pipeline::request>(std::move(request)) : read.error();
}

TEST(lane_wish, the_header_names_a_lane) {
  EXPECT_EQ(wish("x-inferenceflow-priority", "express")->lane, service_lane::express);
  EXPECT_EQ(wish("X-InferenceFlow-Priority", "batch")->lane, service_lane::batch);
  EXPECT_TRUE(wish("x-inferenceflow-priority", "standard")->lane_named);
  const auto silent = wish("x-other", "express");
  EXPECT_EQ(silent->lane, service_lane::standard);
  EXPECT_FALSE(silent->lane_named);
}

TEST(lane_wish, an_unknown_lane_is_told_the_known_ones) {
  for (const auto* value : {"fast", "Express", "", "express,batch"}) {
    const auto refused = wish("x-inferenceflow-priority", value);
    ASSERT_TRUE(refused.has_error()) << value;
    EXPECT_EQ(refused.error().kind, error_kind::invalid_request);
    EXPECT_EQ(refused.error().param, "x-inferenceflow-priority");
    EXPECT_NE(refused.error().message.find("express, standard, batch"), std::string::npos);
  }
}

TEST(lane_wish, a_deadline_counts_from_the_arrival) {
  EXPECT_EQ(wish("x-inferenceflow-deadline-ms", "1500")->deadline, steady_time{milliseconds(1500)});
  EXPECT_FALSE(wish("x-other", "1500")->deadline);
}

TEST(lane_wish, a_deadline_that_is_none_is_refused) {
  for (const auto* value : {"0", "-1", "soon", "1.5", "10s", "", "99999999999", "99999999999999999999"}) {
    const auto refused = wish("x-inferenceflow-deadline-ms", value);
    ASSERT_TRUE(refused.has_error()) << value;
    EXPECT_EQ(refused.error().param, "x-inferenceflow-deadline-ms");
  }
}

TEST(lane_wish, service_tiers_stand_for_lanes) {
  EXPECT_EQ(lane_of_tier("priority"), service_lane::express);
  EXPECT_EQ(lane_of_tier("flex"), service_lane::batch);
  for (const auto* tier : {"auto", "default", "scale", "standard_only", ""}) {
    EXPECT_EQ(lane_of_tier(tier), service_lane::standard) << tier;
  }
}

} // namespace
} // namespace inferenceflow::api
