#include "http/response_parser.h"

#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::http {
namespace {

struct outcome {
  std::string body;
  bool done = false;
  std::optional<error> failure;
};

outcome read(response_parser& parser, std::string_view bytes, std::size_t piece) {
  outcome got;
  std::string waiting;
  std::vector<std::string_view> pieces;
  for (std::size_t at = 0; at < bytes.size() && !parser.done(); at += piece) {
    waiting.append(bytes.substr(at, piece));
    pieces.clear();
    const auto consumed = parser.feed(waiting, pieces);
    if (!consumed) {
      got.failure = consumed.error();
      return got;
    }
    for (const auto each : pieces) {
      got.body.append(each);
    }
    waiting.erase(0, *consumed);
  }
  got.done = parser.done();
  return got;
}

TEST(response_parser, a_part_of_a_file_says_which_and_a_redirect_where) {
  const std::string bytes = "HTTP/1.1 206 Partial Content\r\nContent-Length: 3\r\nContent-Range: bytes 4-6/7\r\n"
                            "ETag: \"v\"\r\nX-Linked-ETag: \"w\"\r\nLocation: /x\r\n\r\nabc";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    response_parser parser;
    ASSERT_TRUE(read(parser, bytes, piece).done) << piece;
    EXPECT_EQ(parser.head().content_length, 3U);
    EXPECT_EQ(parser.head().content_range, "bytes 4-6/7");
    EXPECT_EQ(parser.head().etag, "\"v\"");
    EXPECT_EQ(parser.head().linked_etag, "\"w\"");
    EXPECT_EQ(parser.head().location, "/x");
  }
  response_parser parser;
  ASSERT_TRUE(read(parser, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 1'000).done);
  EXPECT_FALSE(parser.head().content_length);
}

TEST(response_parser, reads_the_same_answer_however_it_is_cut_and_skips_interim_ones) {
  const std::string bytes = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n"
                            "Content-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n"
                            "Retry-After: 3\r\nx-request-id: abc\r\n\r\n6\r\ndata: \r\n3\r\nx\n\n\r\n0\r\n\r\n";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    response_parser parser;
    const outcome got = read(parser, bytes, piece);
    ASSERT_FALSE(got.failure) << piece;
    EXPECT_TRUE(got.done);
    EXPECT_EQ(got.body, "data: x\n\n");
    EXPECT_EQ(parser.head().status, 200);
    EXPECT_TRUE(parser.head().event_stream);
    EXPECT_TRUE(parser.head().keep_alive);
    EXPECT_EQ(parser.head().retry_after, "3");
    EXPECT_EQ(parser.head().request_id, "abc");
  }
}

TEST(response_parser, a_body_without_length_ends_with_the_connection_and_a_short_one_does_not) {
  response_parser open_ended;
  const outcome got = read(open_ended, "HTTP/1.1 200 OK\r\n\r\nhello", 100);
  EXPECT_EQ(got.body, "hello");
  EXPECT_FALSE(got.done);
  EXPECT_TRUE(open_ended.end_of_stream());

  response_parser cut;
  (void)read(cut, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", 100);
  EXPECT_FALSE(cut.end_of_stream());
  response_parser silent;
  EXPECT_FALSE(silent.end_of_stream());
}

TEST(response_parser, refuses_what_is_not_http_or_ambiguous) {
  for (const char* bad : {"SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 000 X\r\nContent-Length: 0\r\n\r\n",
                          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                          "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"}) {
    response_parser parser;
    const outcome got = read(parser, bad, 1'000);
    ASSERT_TRUE(got.failure) << bad;
    EXPECT_EQ(got.failure->kind, error_kind::upstream_failed);
  }
  response_parser flooded;
  EXPECT_TRUE(read(flooded, "HTTP/1.1 200 OK\r\nX: " + std::string(400'000, 'a'), 8'192).failure);
}

} // namespace
} // namespace inferenceflow::http
