#include "api/socket_message.h"

#include <gtest/gtest.h>
#include <string>
#include <string_view>

namespace inferenceflow::api {
namespace {

class socket_messages : public testing::Test {
protected:
  result<void> read(std::string_view text) {
    message_ = {};
    return read_socket_message(index_, text, message_);
  }

  wire::json::token_index index_;
  socket_message message_;
};

TEST_F(socket_messages, a_request_keeps_the_bytes_of_its_body) {
  ASSERT_TRUE(read(R"( {"type":"request", "id":"a\u0041", "path":"/v1/x?alt=sse",
      "headers":{"Cache-Control":"no-store"}, "body": {"b" :[1, {"stream":2}], "a":1.50} } )"));
  EXPECT_EQ(message_.what, socket_message::kind::request);
  EXPECT_EQ(message_.id, "aA");
  EXPECT_EQ(message_.path, "/v1/x?alt=sse");
  EXPECT_EQ(message_.body, R"({"b" :[1, {"stream":2}], "a":1.50})");
  EXPECT_FALSE(message_.says_stream) << "only a member of the body itself counts";
  ASSERT_EQ(message_.headers.size(), 1U);
  EXPECT_EQ(message_.headers[0].first, "cache-control");
  EXPECT_EQ(message_.headers[0].second, "no-store");
}

TEST_F(socket_messages, other_kinds_need_less) {
  ASSERT_TRUE(read(R"({"type":"cancel","id":"a"})"));
  EXPECT_EQ(message_.what, socket_message::kind::cancel);
  ASSERT_TRUE(read(R"({"type":"ping"})"));
  EXPECT_EQ(message_.what, socket_message::kind::ping);
}

TEST_F(socket_messages, a_body_may_say_whether_it_streams) {
  ASSERT_TRUE(read(R"({"type":"request","id":"a","body":{"str\u0065am":false}})"));
  EXPECT_TRUE(message_.says_stream);
}

TEST_F(socket_messages, what_is_wrong_is_named_and_the_id_is_still_found) {
  struct wrong_message {
    std::string_view text;
    std::string_view param;
  };
  const std::string long_id(k_socket_id_bytes_max + 1, 'x');
  const std::string with_long_id = R"({"type":"cancel","id":")" + long_id + R"("})";
  const std::string with_long_header = R"({"type":"request","headers":{"cache-control":")" +
                                       std::string(k_socket_header_bytes_max + 1, 'x') + R"("},"body":{},"id":"a"})";
  for (const auto& [text, param] : {
           wrong_message{R"({"id":"a","body":{}})", "type"},
           wrong_message{R"({"type":"ask","id":"a","body":{}})", "type"},
           wrong_message{R"({"type":7,"id":"a","body":{}})", "type"},
           wrong_message{R"({"type":"request","body":{},"boby":1,"id":"a"})", "boby"},
           wrong_message{R"({"type":"request","id":"a"})", "body"},
           wrong_message{R"({"type":"request","body":[],"id":"a"})", "body"},
           wrong_message{R"({"type":"request","body":{},"body":{},"id":"a"})", "body"},
           wrong_message{R"({"type":"request","path":1,"body":{},"id":"a"})", "path"},
           wrong_message{R"({"type":"request","headers":[],"body":{},"id":"a"})", "headers"},
           wrong_message{R"({"type":"request","headers":{"x-request-id":1},"body":{},"id":"a"})", "headers"},
           wrong_message{R"({"type":"request","headers":{"x-inferenceflow-tenant":"b"},"body":{},"id":"a"})",
                         "headers"},
           wrong_message{R"({"type":"request","headers":{"traceparent":"\n"},"body":{},"id":"a"})", "headers"},
           wrong_message{with_long_header, "headers"},
       }) {
    const auto read_it = read(text);
    ASSERT_FALSE(read_it) << text;
    EXPECT_EQ(read_it.error().param, param) << text;
    EXPECT_EQ(message_.id, "a") << text;
  }
  for (const std::string_view text : std::initializer_list<std::string_view>{
           R"({"type":"request","body":{}})", R"({"type":"cancel","id":""})", R"({"type":"cancel","id":5})",
           R"({"type":"cancel","id":"\ud800"})", with_long_id}) {
    const auto read_it = read(text);
    ASSERT_FALSE(read_it) << text;
    EXPECT_EQ(read_it.error().param, "id") << text;
    EXPECT_EQ(message_.id, "") << text;
  }
}

TEST_F(socket_messages, what_is_not_json_is_said_to_be_so) {
  for (const std::string_view text :
       {"", " ", R"({"type":"ping")", R"({"type":"ping"} x)", R"({"type":"ping",})", R"({"id":"\x"})"}) {
    const auto read_it = read(text);
    ASSERT_FALSE(read_it) << text;
    EXPECT_EQ(read_it.error().kind, error_kind::invalid_request);
    EXPECT_NE(read_it.error().message.find("not JSON"), std::string::npos) << text << read_it.error().message;
  }
  EXPECT_EQ(read("[]").error().message, "a message is a JSON object");
  EXPECT_EQ(read("hello").error().message, "a message is a JSON object");
  EXPECT_FALSE(read(std::string(100, '[')));
}

TEST(socket_body, streams_unless_told_otherwise) {
  EXPECT_EQ(socket_body(R"({"a":1})", true), R"({"stream":true,"a":1})");
  EXPECT_EQ(socket_body("{ }", true), R"({"stream":true })");
  EXPECT_EQ(socket_body(R"({"a":1})", false), R"({"a":1})");
  EXPECT_GE(socket_body(std::string(1'000, 'x'), false).capacity(), 1'064U) << "the scan reads past the end";
}

} // namespace
} // namespace inferenceflow::api
