#include "codecs/bedrock/event_stream.h"

#include <array>
#include <gtest/gtest.h>
#include <vector>

namespace {

namespace bedrock = inferenceflow::codecs::bedrock;

using namespace std::string_view_literals;

std::string bytes_of_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string{hex.substr(i, 2)}, nullptr, 16)));
  }
  return bytes;
}

std::string message(std::string_view type, std::string_view payload) {
  std::string out;
  const std::array<bedrock::stream_header, 2> headers{{{":event-type", type}, {":message-type", "event"}}};
  bedrock::append_message(out, headers, payload);
  return out;
}

struct outcome {
  std::vector<std::string> messages;
  std::string fault;
  bool mid_message = false;
  friend bool operator==(const outcome&, const outcome&) = default;
};

outcome decode(std::string_view bytes, std::size_t piece, std::size_t bytes_max = 1024) {
  outcome seen;
  bedrock::stream_decoder decoder{bytes_max};
  while (!bytes.empty()) {
    const std::string cut{bytes.substr(0, piece)};
    bytes.remove_prefix(cut.size());
    const bool fine = decoder.push(cut, [&](const bedrock::stream_message& one) {
      seen.messages.push_back(std::string{one.header(":event-type")} + "=" + std::string{one.payload()});
    });
    EXPECT_EQ(fine, decoder.fault().empty());
  }
  seen.fault = decoder.fault();
  seen.mid_message = seen.fault.empty() && decoder.mid_message();
  return seen;
}

// The encodings that the format's specification prints.
TEST(event_stream, published_encodings) {
  std::string empty;
  bedrock::append_message(empty, {}, "");
  EXPECT_EQ(empty, bytes_of_hex("000000100000000005c248eb7d98c8ff"));
  std::string payload;
  bedrock::append_message(payload, {}, "{'foo':'bar'}");
  EXPECT_EQ(payload, bytes_of_hex("0000001d00000000fd528c5a7b27666f6f273a27626172277dc3653936"));
  EXPECT_EQ(decode(payload, 64).messages, (std::vector<std::string>{"={'foo':'bar'}"}));
}

TEST(event_stream, every_cut_gives_the_same_messages) {
  const std::string bytes = message("messageStart", "{}") + message("", "") + message("x", std::string(300, 'a'));
  const outcome whole = decode(bytes, bytes.size());
  ASSERT_EQ(whole.messages.size(), 3U);
  EXPECT_EQ(whole.messages[0], "messageStart={}");
  EXPECT_FALSE(whole.mid_message);
  for (std::size_t piece = 1; piece < bytes.size(); ++piece) {
    EXPECT_EQ(decode(bytes, piece), whole) << piece;
  }
}

TEST(event_stream, headers_of_every_type_are_passed_over) {
  // name "a" of type 0, "b" 2, "c" 3, "d" 4, "e" 5, "f" 6 (2 bytes), "g" 8, "h" 9, then the string that is looked for.
  const std::string block{"\1a\0\1b\2X\1c\3XX\1d\4XXXX\1e\5XXXXXXXX\1f\6\0\2XX\1g\10XXXXXXXX\1h\11"
                          "XXXXXXXXXXXXXXXX\13:event-type\7\0\1y"sv};
  const bedrock::stream_message one{block, ""};
  EXPECT_EQ(one.header(":event-type"), "y");
  EXPECT_EQ(one.header("e"), "");
  EXPECT_EQ(one.header("none"), "");
}

TEST(event_stream, every_damaged_byte_is_found) {
  const std::string bytes = message("messageStart", "{\"role\":\"assistant\"}");
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    const outcome whole = decode(damaged, damaged.size());
    EXPECT_TRUE(whole.messages.empty()) << at;
    EXPECT_FALSE(whole.fault.empty()) << at;
    EXPECT_EQ(decode(damaged, 1), whole) << at;
  }
}

TEST(event_stream, a_message_too_large_is_refused_before_it_came) {
  const std::string bytes = message("x", std::string(2000, 'a'));
  EXPECT_EQ(decode(std::string_view{bytes}.substr(0, 12), 12).fault, "a message is larger than allowed");
  EXPECT_EQ(decode(bytes, 7).fault, "a message is larger than allowed");
}

TEST(event_stream, an_unfinished_message_is_noticed) {
  const std::string bytes = message("x", "y");
  EXPECT_TRUE(decode(std::string_view{bytes}.substr(0, bytes.size() - 1), 5).mid_message);
  EXPECT_TRUE(decode(std::string_view{bytes}.substr(0, 3), 5).mid_message);
}

TEST(event_stream, long_headers_are_cut) {
  std::string out;
  const std::string name(300, 'n');
  const std::string value(70000, 'v');
  const std::array<bedrock::stream_header, 1> headers{{{name, value}}};
  bedrock::append_message(out, headers, "p");
  bedrock::stream_decoder decoder{1U << 20U};
  bool seen = false;
  EXPECT_TRUE(decoder.push(out, [&](const bedrock::stream_message& one) {
    seen = one.header(std::string_view{name}.substr(0, 255)).size() == 65535 && one.payload() == "p";
  }));
  EXPECT_TRUE(seen);
}

} // namespace
