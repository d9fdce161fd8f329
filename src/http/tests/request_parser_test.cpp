#include "http/request_parser.h"

#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::http {
namespace {

/// Feeds as a connection does: unconsumed bytes come again with more behind them.
std::optional<error> feed_in_pieces(request_parser& parser, std::string_view bytes, std::size_t piece) {
  std::string waiting;
  for (std::size_t at = 0; at < bytes.size() && !parser.done(); at += piece) {
    waiting.append(bytes.substr(at, piece));
    const auto consumed = parser.feed(waiting);
    if (!consumed) {
      return consumed.error();
    }
    waiting.erase(0, *consumed);
  }
  return std::nullopt;
}

std::optional<error> parse(std::string_view bytes) {
  request_parser parser{{}};
  return feed_in_pieces(parser, bytes, bytes.size());
}

TEST(request_parser, reads_the_same_request_however_it_is_cut) {
  const std::string bytes = "POST /v1/models/a?x=1&y=2 HTTP/1.1\r\nHost: h\r\nX-Long: " + std::string(300, 'v') +
                            "\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
                            "5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nTrailer: t\r\n\r\n";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    request_parser parser{{}};
    ASSERT_FALSE(feed_in_pieces(parser, bytes, piece)) << piece;
    ASSERT_TRUE(parser.done()) << piece;
    const auto& head = parser.head();
    EXPECT_EQ(head.method, verb::post);
    EXPECT_EQ(head.path, "/v1/models/a");
    EXPECT_EQ(head.query, "x=1&y=2");
    EXPECT_EQ(head.find("x-long"), std::string(300, 'v'));
    EXPECT_EQ(head.find(field::host), "h");
    EXPECT_TRUE(head.expects_continue);
    EXPECT_TRUE(head.keep_alive);
    EXPECT_EQ(parser.body(), "hello world");
  }
}

TEST(request_parser, leaves_the_next_request_alone_and_starts_clean_after_reset) {
  const std::string two =
      "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhiGET /b HTTP/1.1\r\nHost: i\r\n\r\n";
  request_parser parser{{}};
  const auto first = parser.feed(two);
  ASSERT_TRUE(first);
  EXPECT_EQ(parser.body(), "hi");
  parser.reset();
  const auto second = parser.feed(std::string_view{two}.substr(*first));
  ASSERT_TRUE(second);
  EXPECT_TRUE(parser.done());
  EXPECT_EQ(parser.head().path, "/b");
  EXPECT_EQ(parser.head().fields.size(), 1U);
  EXPECT_EQ(parser.body(), "");
}

TEST(request_parser, refuses_framing_that_two_parsers_could_read_differently) {
  const std::string line = "POST / HTTP/1.1\r\nHost: h\r\n";
  for (const std::string& fields : {
           std::string{"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"},
           std::string{"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"},
           std::string{"Content-Length: 5\r\nContent-Length: 5\r\n"},
           std::string{"Content-Length: 5, 5\r\n"},
           std::string{"Content-Length: +5\r\n"},
           std::string{"Content-Length: -1\r\n"},
           std::string{"Content-Length: 0x5\r\n"},
           std::string{"Content-Length: 99999999999999999999\r\n"},
           std::string{"Transfer-Encoding: gzip, chunked\r\n"},
           std::string{"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"},
           std::string{"Transfer-Encoding: identity\r\n"},
           std::string{"X-A: one\r\n two\r\n"},
           std::string{"Host: other\r\n"},
           std::string{"X-A : space before the colon\r\n"},
           std::string{"X-A: nul"} + '\0' + "\r\n",
       }) {
    const auto refused = parse(line + fields + "\r\nhello");
    ASSERT_TRUE(refused) << fields;
    EXPECT_EQ(refused->kind == error_kind::body_too_large ? error_kind::invalid_request : refused->kind,
              error_kind::invalid_request)
        << fields;
  }
  EXPECT_TRUE(parse("GET / HTTP/1.1\r\n\r\n")) << "no Host";
  EXPECT_TRUE(parse("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"));
  EXPECT_TRUE(parse("GET / HTTP/2.0\r\nHost: h\r\n\r\n"));
  EXPECT_TRUE(parse("GET / HTTP/1.1\nHost: h\n\n")) << "bare LF";
}

TEST(request_parser, refuses_bad_chunks) {
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char* body : {"g\r\nx\r\n", "5\r\nhelloX\r\n", "ffffffffffffffffff\r\n", "5 \nhello", "-1\r\n"}) {
    EXPECT_TRUE(parse(head + body + "\r\n0\r\n\r\n")) << body;
  }
}

TEST(request_parser, bounds_head_and_body) {
  request_parser small{{.header_bytes_max = 256, .body_bytes_max = 8}};
  const auto long_head =
      feed_in_pieces(small, "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(400, 'a') + "\r\n\r\n", 1'000);
  ASSERT_TRUE(long_head);
  EXPECT_EQ(long_head->kind, error_kind::headers_too_large);

  request_parser dripped{{.header_bytes_max = 256, .body_bytes_max = 8}};
  std::string many = "GET / HTTP/1.1\r\nHost: h\r\n";
  for (int i = 0; i < 40; ++i) {
    many += "X-Field: value\r\n";
  }
  const auto dripped_head = feed_in_pieces(dripped, many + "\r\n", 7);
  ASSERT_TRUE(dripped_head) << "many small fields in small pieces count too";
  EXPECT_EQ(dripped_head->kind, error_kind::headers_too_large);

  request_parser announced{{.header_bytes_max = 256, .body_bytes_max = 8}};
  const auto long_body = feed_in_pieces(announced, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n", 1'000);
  ASSERT_TRUE(long_body);
  EXPECT_EQ(long_body->kind, error_kind::body_too_large);

  request_parser chunked{{.header_bytes_max = 256, .body_bytes_max = 8}};
  const auto summed = feed_in_pieces(
      chunked, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nhello\r\n", 3);
  ASSERT_TRUE(summed);
  EXPECT_EQ(summed->kind, error_kind::body_too_large);
}

TEST(request_parser, accepts_absolute_form) {
  request_parser parser{{}};
  ASSERT_TRUE(parser.feed("GET http://example.com/health?a=b HTTP/1.1\r\nHost: example.com\r\n\r\n"));
  EXPECT_EQ(parser.head().path, "/health");
  EXPECT_EQ(parser.head().query, "a=b");
}

TEST(request_parser, http_1_0_closes_unless_asked) {
  request_parser closing{{}};
  ASSERT_TRUE(closing.feed("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_FALSE(closing.head().keep_alive);
  request_parser staying{{}};
  ASSERT_TRUE(staying.feed("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  EXPECT_TRUE(staying.head().keep_alive);
}

} // namespace
} // namespace inferenceflow::http
