#include "wire/openai/answer_walk.h"
#include "wire/openai/error_body.h"

#include <gtest/gtest.h>

namespace inferenceflow::wire::openai {
namespace {

TEST(error_body, is_openais_document) {
  EXPECT_EQ(error_body(make_error(error_kind::invalid_request, "'n' must be \"1\"", "n")),
            R"({"error":{"message":"'n' must be \"1\"","type":"invalid_request_error","param":"n","code":null}})");
  EXPECT_EQ(error_body(make_error(error_kind::model_not_found, "no x")),
            R"({"error":{"message":"no x","type":"invalid_request_error","param":null,"code":"model_not_found"}})");
  EXPECT_EQ(error_body(make_error(error_kind::upstream_failed, "")),
            R"({"error":{"message":"upstream_failed","type":"server_error","param":null,"code":"upstream_failed"}})");
}

TEST(error_body, statuses) {
  EXPECT_EQ(http_status(error_kind::context_too_long), 400);
  EXPECT_EQ(http_status(error_kind::model_not_found), 404);
  EXPECT_EQ(http_status(error_kind::rate_limited), 429);
  EXPECT_EQ(http_status(error_kind::upstream_timeout), 504);
  for (int kind = 0; kind <= static_cast<int>(error_kind::cancelled); ++kind) {
    const int status = http_status(static_cast<error_kind>(kind));
    EXPECT_GE(status, 400);
    EXPECT_LE(status, 504);
    EXPECT_FALSE(error_type(static_cast<error_kind>(kind)).empty());
  }
}

TEST(error_body, codes_that_clients_switch_on) {
  EXPECT_EQ(error_code(error_kind::context_too_long), "context_length_exceeded");
  EXPECT_EQ(error_code(error_kind::rate_limited), "rate_limit_exceeded");
  EXPECT_EQ(error_code(error_kind::unauthorized), "invalid_api_key");
}

TEST(error_body, garbage_in_a_message_stays_valid_json) {
  const std::string body = error_body(make_error(error_kind::upstream_failed, "a\xFF\x01\n\"\xE2\x82", "p\xC3"));
  EXPECT_EQ(json::find_invalid_utf8(body), std::string_view::npos);
  answer_walk walk;
  const auto document = walk.read(body);
  ASSERT_TRUE(document.has_value()) << body;
  EXPECT_TRUE(document->is_error);
}

TEST(error_body, long_messages_are_cut_at_a_character) {
  std::string message = "x";
  while (message.size() < 3 * k_error_message_bytes_max) {
    message += "\xE2\x82\xAC";
  }
  const std::string body = error_body(make_error(error_kind::invalid_request, message));
  EXPECT_LT(body.size(), k_error_message_bytes_max + 200);
  EXPECT_EQ(body.find("\xEF\xBF\xBD"), std::string::npos);
}

TEST(error_event, is_one_event) {
  EXPECT_EQ(error_event(make_error(error_kind::upstream_failed, "gone\nwith the wind")),
            "data: {\"error\":{\"message\":\"gone\\nwith the wind\",\"type\":\"server_error\",\"param\":null,"
            "\"code\":\"upstream_failed\"}}\n\n");
}

} // namespace
} // namespace inferenceflow::wire::openai
