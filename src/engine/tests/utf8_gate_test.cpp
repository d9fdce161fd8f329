#include "engine/utf8_gate.h"

#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::engine {
namespace {

const std::string k_replacement = "\xEF\xBF\xBD";

TEST(utf8_gate, holds_a_character_until_it_is_whole) {
  const std::string euro = "\xE2\x82\xAC";
  utf8_gate gate;
  EXPECT_EQ(gate.feed(euro.substr(0, 1)), "");
  EXPECT_EQ(gate.feed(euro.substr(1, 1)), "");
  EXPECT_EQ(gate.held_bytes(), 2U);
  EXPECT_EQ(gate.feed(euro.substr(2) + "!"), euro + "!");
  EXPECT_EQ(gate.held_bytes(), 0U);
}

TEST(utf8_gate, every_split_gives_the_same_text) {
  const std::string text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x99\x82z";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    utf8_gate gate;
    auto shown = gate.feed(text.substr(0, cut));
    shown += gate.feed(text.substr(cut));
    EXPECT_EQ(shown, text) << cut;
    EXPECT_EQ(gate.held_bytes(), 0U);
  }
}

TEST(utf8_gate, ill_formed_bytes_become_replacement_characters) {
  utf8_gate gate;
  EXPECT_EQ(gate.feed("a\xFF"
                      "b"),
            "a" + k_replacement + "b");
  EXPECT_EQ(gate.feed("\x80"), k_replacement);
  EXPECT_EQ(gate.feed("\xC0\xAF"), k_replacement + k_replacement) << "overlong";
  EXPECT_EQ(gate.feed("\xED\xA0\x80"), k_replacement + k_replacement + k_replacement) << "surrogate";
  EXPECT_EQ(gate.feed("\xF4\x90\x80\x80").substr(0, 3), k_replacement) << "above U+10FFFF";
  EXPECT_EQ(gate.feed("\xE2\x82"
                      "x"),
            k_replacement + "x")
      << "unfinished, then another character";
}

TEST(utf8_gate, whole_text_conversion_replaces_an_unfinished_end) {
  EXPECT_EQ(to_valid_utf8("a\xE2\x82"), "a" + k_replacement);
  EXPECT_EQ(to_valid_utf8("plain"), "plain");
  EXPECT_EQ(to_valid_utf8(""), "");
}

} // namespace
} // namespace inferenceflow::engine
