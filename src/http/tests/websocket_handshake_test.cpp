#include "http/request_parser.h"
#include "http/websocket_handshake.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <string>
#include <string_view>

namespace inferenceflow::http {
namespace {

constexpr std::string_view k_upgrade = "Upgrade: websocket\r\n";
constexpr std::string_view k_connection = "Connection: keep-alive, Upgrade\r\n";
constexpr std::string_view k_version = "Sec-WebSocket-Version: 13\r\n";
constexpr std::string_view k_key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

websocket_verdict judged(std::string_view first_line, std::string_view fields, std::size_t body_bytes = 0) {
  request_parser parser{{}};
  const std::string text = fmt::format("{}\r\nHost: here\r\n{}\r\n", first_line, fields);
  EXPECT_TRUE(parser.feed(text));
  EXPECT_TRUE(parser.head_done());
  return judge_websocket(parser.head(), body_bytes);
}

std::string all_fields() {
  return fmt::format("{}{}{}{}", k_upgrade, k_connection, k_version, k_key);
}

TEST(websocket_handshake, answers_the_example_of_the_standard) { // RFC 6455 §1.3
  const auto verdict = judged("GET /v1/stream HTTP/1.1", all_fields());
  EXPECT_EQ(verdict.status, 101);
  EXPECT_EQ(verdict.headers, "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                             "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
}

TEST(websocket_handshake, tokens_are_found_in_lists_and_in_any_case) {
  const auto verdict = judged("GET / HTTP/1.1", fmt::format("Upgrade: h2c, WebSocket\r\nConnection: keep-alive\r\n"
                                                            "Connection: upgrade\r\n{}{}",
                                                            k_version, k_key));
  EXPECT_EQ(verdict.status, 101);
}

TEST(websocket_handshake, asks_for_the_protocol_and_its_version) {
  for (const auto& verdict :
       {judged("GET / HTTP/1.1", ""), judged("POST / HTTP/1.1", all_fields()),
        judged("GET / HTTP/1.1", fmt::format("Upgrade: h2c\r\n{}{}{}", k_connection, k_version, k_key)),
        judged("GET / HTTP/1.1", fmt::format("{}{}{}", k_upgrade, k_connection, k_key)),
        judged("GET / HTTP/1.1", fmt::format("{}{}Sec-WebSocket-Version: 8\r\n{}", k_upgrade, k_connection, k_key))}) {
    EXPECT_EQ(verdict.status, 426);
    EXPECT_NE(verdict.headers.find("Upgrade: websocket"), std::string::npos);
    EXPECT_NE(verdict.headers.find("Sec-WebSocket-Version: 13"), std::string::npos);
    EXPECT_FALSE(verdict.reason.empty());
  }
}

TEST(websocket_handshake, refuses_what_is_malformed_and_says_which_field) {
  const auto with_key = [](std::string_view key) {
    return judged("GET / HTTP/1.1", fmt::format("{}{}{}{}", k_upgrade, k_connection, k_version, key));
  };
  for (const std::string_view key :
       {"", "Sec-WebSocket-Key: \r\n", "Sec-WebSocket-Key: short==\r\n",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZTE=\r\n", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j*Q==\r\n"}) {
    const auto verdict = with_key(key);
    EXPECT_EQ(verdict.status, 400) << key;
    EXPECT_EQ(verdict.param, "Sec-WebSocket-Key");
  }
  EXPECT_EQ(with_key(fmt::format("{}{}", k_key, k_key)).status, 400);
  EXPECT_EQ(judged("GET / HTTP/1.1", fmt::format("{}{}{}", k_upgrade, k_version, k_key)).param, "Connection");
  EXPECT_EQ(judged("GET / HTTP/1.0", all_fields()).status, 400);
  EXPECT_EQ(judged("GET / HTTP/1.1", all_fields(), 3).status, 400);
}

} // namespace
} // namespace inferenceflow::http
