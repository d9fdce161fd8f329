#include "http/websocket_frames.h"

#include <array>
#include <cstddef>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::http {
namespace {

using kind = websocket_input::kind;

/// A client's frame, masked.
std::string frame(unsigned first, std::string_view payload) {
  static constexpr std::array<unsigned char, 4> k_mask{0x37, 0xfa, 0x21, 0x3d};
  std::string out{static_cast<char>(first)};
  if (payload.size() < 126) {
    out.push_back(static_cast<char>(0x80U | payload.size()));
  } else if (payload.size() < 65'536) {
    out.push_back(static_cast<char>(0x80U | 126U));
    out.push_back(static_cast<char>(payload.size() >> 8U));
    out.push_back(static_cast<char>(payload.size()));
  } else {
    out.push_back(static_cast<char>(0x80U | 127U));
    for (int shift = 56; shift >= 0; shift -= 8) {
      out.push_back(static_cast<char>(static_cast<std::uint64_t>(payload.size()) >> static_cast<unsigned>(shift)));
    }
  }
  out.append(reinterpret_cast<const char*>(k_mask.data()), k_mask.size());
  for (std::size_t i = 0; i < payload.size(); ++i) {
    out.push_back(static_cast<char>(static_cast<unsigned char>(payload[i]) ^ k_mask[i % 4]));
  }
  return out;
}

constexpr unsigned k_text = 0x81;
constexpr unsigned k_text_begins = 0x01;
constexpr unsigned k_goes_on = 0x00;
constexpr unsigned k_ends = 0x80;
constexpr unsigned k_ping = 0x89;
constexpr unsigned k_close = 0x88;

/// Everything that comes out, the bytes given in pieces of `step`.
std::vector<websocket_input> read(websocket_reader& reader, std::string_view bytes, std::size_t step) {
  std::vector<websocket_input> got;
  for (std::size_t at = 0; at < bytes.size() && !reader.fault();) {
    at += reader.feed(bytes.substr(at, step));
    if (auto input = reader.take()) {
      got.push_back(std::move(*input));
    }
  }
  return got;
}

TEST(websocket_reader, reads_messages_however_they_are_cut) {
  const std::string large(70'000, 'x');
  const std::string bytes = frame(k_text, "one") + frame(k_text_begins, "t") + frame(k_ping, "beat") +
                            frame(k_goes_on, "") + frame(k_ends, "wo") + frame(k_text, std::string(300, 'y')) +
                            frame(k_text, large) + frame(k_text, "") +
                            frame(k_close, "\x03\xe8"
                                           "bye");
  for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{4'096}, bytes.size()}) {
    websocket_reader reader{100'000};
    const auto got = read(reader, bytes, step);
    ASSERT_EQ(got.size(), 7U) << step;
    EXPECT_EQ(got[0].payload, "one");
    EXPECT_EQ(got[1].what, kind::ping);
    EXPECT_EQ(got[1].payload, "beat");
    EXPECT_EQ(got[2].payload, "two");
    EXPECT_EQ(got[3].payload, std::string(300, 'y'));
    EXPECT_EQ(got[4].payload, large);
    EXPECT_EQ(got[5].payload, "");
    EXPECT_EQ(got[6].what, kind::close);
    EXPECT_EQ(got[6].code, 1000);
    EXPECT_EQ(got[6].payload, "bye");
  }
}

TEST(websocket_reader, reads_past_what_it_does_not_keep) {
  websocket_reader reader{8};
  const auto got = read(reader,
                        frame(k_text, "12345678") + frame(k_text, "123456789") + frame(0x82, "binary bytes") +
                            frame(k_text_begins, "12345678") + frame(k_ends, "9") + frame(k_text, "after"),
                        5);
  ASSERT_EQ(got.size(), 5U);
  EXPECT_EQ(got[0].payload, "12345678");
  EXPECT_EQ(got[1].what, kind::too_large);
  EXPECT_EQ(got[1].payload, "");
  EXPECT_EQ(got[2].what, kind::binary);
  EXPECT_EQ(got[3].what, kind::too_large);
  EXPECT_EQ(got[4].payload, "after");
}

TEST(websocket_reader, a_close_frame_may_be_empty) {
  websocket_reader reader{8};
  const auto got = read(reader, frame(k_close, ""), 1);
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].code, close_code::k_none);
}

struct broken_frame {
  const char* what;
  std::string bytes;
};

class broken_frames : public testing::TestWithParam<broken_frame> {};

TEST_P(broken_frames, end_the_connection) {
  websocket_reader reader{1'000};
  EXPECT_TRUE(read(reader, GetParam().bytes, 1).empty());
  ASSERT_TRUE(reader.fault());
  EXPECT_EQ(reader.fault()->code, close_code::k_protocol_error);
  EXPECT_FALSE(reader.fault()->what.empty());
  EXPECT_EQ(reader.feed("more"), 0U);
}

INSTANTIATE_TEST_SUITE_P(
    all, broken_frames,
    testing::Values(broken_frame{"not masked", std::string{"\x81\x02hi", 4}},
                    broken_frame{"reserved bit", frame(0xc1, "x")}, broken_frame{"unknown data", frame(0x83, "x")},
                    broken_frame{"unknown control", frame(0x8b, "x")},
                    broken_frame{"fragmented ping", frame(0x09, "x")},
                    broken_frame{"long ping", frame(k_ping, std::string(126, 'x'))},
                    broken_frame{"continues nothing", frame(k_ends, "x")},
                    broken_frame{"begins twice", frame(k_text_begins, "x") + frame(k_text, "y")},
                    broken_frame{"16 bits for little", std::string{"\x81\xfe\x00\x05mask", 8}},
                    broken_frame{"64 bits for little", std::string{"\x81\xff\0\0\0\0\0\0\xff\xffmask", 14}},
                    broken_frame{"top bit", std::string{"\x81\xff\x80\0\0\0\0\0\0\0mask", 14}},
                    broken_frame{"half a close code", frame(k_close, "x")},
                    broken_frame{"close code 1005", frame(k_close, "\x03\xed")},
                    broken_frame{"close code 999", frame(k_close, "\x03\xe7")}),
    [](const auto& of) { return "number_" + std::to_string(of.index); });

TEST(websocket_frames, heads_have_the_shortest_length) {
  std::array<char, k_frame_head_bytes_max> head{};
  const auto written = [&head](std::size_t bytes) {
    return std::string{head.data(), write_frame_head(head.data(), websocket_opcode::text, bytes)};
  };
  EXPECT_EQ(written(0), std::string("\x81\x00", 2));
  EXPECT_EQ(written(125), std::string("\x81\x7d", 2));
  EXPECT_EQ(written(126), std::string("\x81\x7e\x00\x7e", 4));
  EXPECT_EQ(written(65'535), std::string("\x81\x7e\xff\xff", 4));
  EXPECT_EQ(written(65'536), std::string("\x81\x7f\0\0\0\0\0\x01\0\0", 10));
}

TEST(websocket_frames, control_payloads_are_cut) {
  std::string out;
  append_control_frame(out, websocket_opcode::close, close_payload(1001, std::string(200, 'r')));
  EXPECT_EQ(out.substr(0, 4), std::string("\x88\x7d\x03\xe9", 4));
  EXPECT_EQ(out.size(), 2 + k_control_bytes_max);
  EXPECT_EQ(close_payload(close_code::k_none, "ignored"), "");
}

} // namespace
} // namespace inferenceflow::http
