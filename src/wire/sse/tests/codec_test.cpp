#include "wire/sse/codec.h"

#include <gtest/gtest.h>
#include <vector>

namespace inferenceflow::wire::sse {
namespace {

constexpr std::size_t k_bytes_max = 4096;

using events = std::vector<std::vector<std::string>>;

events decode_pieces(const std::vector<std::string_view>& pieces) {
  decoder codec{k_bytes_max};
  events out;
  for (const std::string_view piece : pieces) {
    EXPECT_TRUE(codec.push(piece, [&](const event& e) {
      out.push_back({std::string{e.type}, std::string{e.data}, std::string{e.last_event_id}});
    }));
  }
  return out;
}

/// Decodes whole, split once at every point, and byte by byte; all must agree.
events decode_every_way(std::string_view stream) {
  events whole = decode_pieces({stream});
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    EXPECT_EQ(decode_pieces({stream.substr(0, cut), stream.substr(cut)}), whole) << cut;
  }
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < stream.size(); ++i) {
    bytes.push_back(stream.substr(i, 1));
  }
  EXPECT_EQ(decode_pieces(bytes), whole);
  return whole;
}

TEST(sse_decoder, reads_the_fields_of_the_standard) {
  EXPECT_EQ(decode_every_way("event: add\ndata: 73\nid: 1\n\ndata:two\ndata: lines\n\n"),
            (events{{"add", "73", "1"}, {"message", "two\nlines", "1"}}));
}

TEST(sse_decoder, line_ends_may_be_mixed) {
  const events both{{"message", "a", ""}, {"message", "b\nc", ""}};
  EXPECT_EQ(decode_every_way("data: a\n\ndata: b\ndata: c\n\n"), both);
  EXPECT_EQ(decode_every_way("data: a\r\n\r\ndata: b\r\ndata: c\r\n\r\n"), both);
  EXPECT_EQ(decode_every_way("data: a\r\rdata: b\rdata: c\r\r"), both);
  EXPECT_EQ(decode_every_way("data: a\n\rdata: b\r\ndata: c\r\n\n"), both);
}

TEST(sse_decoder, the_examples_of_the_standard) {
  EXPECT_EQ(decode_every_way("data\n\ndata\ndata\n\ndata:"), (events{{"message", "", ""}, {"message", "\n", ""}}));
  EXPECT_EQ(decode_every_way("data:test\n\ndata: test\n\n"),
            (events{{"message", "test", ""}, {"message", "test", ""}}));
  EXPECT_EQ(
      decode_every_way(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n"),
      (events{{"message", "first event", "1"}, {"message", "second event", ""}, {"message", " third event", ""}}));
}

TEST(sse_decoder, a_byte_order_mark_counts_at_the_start_only) {
  EXPECT_EQ(decode_every_way("\xEF\xBB\xBF"
                             "data: a\n\n\xEF\xBB\xBF"
                             "data: b\n\ndata: c\n\n"),
            (events{{"message", "a", ""}, {"message", "c", ""}}));
  EXPECT_EQ(decode_every_way("\xEF\xBB"
                             "x: 1\ndata: a\n\n"),
            (events{{"message", "a", ""}}));
}

TEST(sse_decoder, unknown_fields_comments_and_unfinished_events_are_ignored) {
  EXPECT_EQ(decode_every_way("foo: x\n: hello\nDATA: y\n\nevent: only\n\n\n\ndata: late"), (events{}));
}

TEST(sse_decoder, id_with_nul_is_ignored_and_retry_must_be_digits) {
  const std::string_view stream{"id: a\0b\nretry: 10x\ndata: 1\n\nretry: 250\nretry:\n\n", 47};
  EXPECT_EQ(decode_every_way(stream), (events{{"message", "1", ""}}));
  decoder codec{k_bytes_max};
  EXPECT_TRUE(codec.push(stream, [](const event&) {}));
  EXPECT_EQ(codec.retry_ms(), 250U);
}

TEST(sse_decoder, an_event_beyond_the_bound_fails_for_good) {
  decoder codec{16};
  int count = 0;
  const auto sink = [&](const event&) { ++count; };
  EXPECT_TRUE(codec.push("data: 0123\n\n", sink));
  EXPECT_FALSE(codec.push("data: 0123456789abcdef", sink));
  EXPECT_FALSE(codec.push("\n\n", sink));
  EXPECT_EQ(count, 1);
}

TEST(block_splitter, gives_back_every_byte) {
  const std::string stream = "\n: c\r\n\r\ndata: a\n\n\r\rdata: b\r\r\ndata: c\r\n\ndata: d\n";
  for (std::size_t first = 0; first <= stream.size(); ++first) {
    for (std::size_t second = first; second <= stream.size(); ++second) {
      block_splitter splitter{k_bytes_max};
      std::string joined;
      const auto sink = [&](std::string_view block) { joined += block; };
      const std::string_view all = stream;
      EXPECT_TRUE(splitter.push(all.substr(0, first), sink));
      EXPECT_TRUE(splitter.push(all.substr(first, second - first), sink));
      EXPECT_TRUE(splitter.push(all.substr(second), sink));
      joined += splitter.rest();
      EXPECT_EQ(joined, stream);
    }
  }
}

TEST(sse_encoder, what_it_writes_decodes_to_the_same) {
  for (const std::string_view data : {"", "a", " a", "a\nb", "\n", "a\r\nb\rc\n", ": not a comment", "data: x"}) {
    std::string stream;
    append_event(stream, data, "kind", "7");
    append_comment(stream, "still\nhere");
    std::string normal{data};
    for (std::size_t at = normal.find("\r\n"); at != std::string::npos; at = normal.find("\r\n")) {
      normal.erase(at, 1);
    }
    for (char& c : normal) {
      c = c == '\r' ? '\n' : c;
    }
    EXPECT_EQ(decode_pieces({stream}), (events{{"kind", normal, "7"}})) << data;
  }
}

TEST(sse_encoder, type_and_id_cannot_inject_fields) {
  std::string stream;
  append_event(stream, "x", "a\ndata: evil", "1\r\n\r\ndata: evil");
  EXPECT_EQ(decode_pieces({stream}), (events{{"adata: evil", "x", "1data: evil"}}));
}

} // namespace
} // namespace inferenceflow::wire::sse
