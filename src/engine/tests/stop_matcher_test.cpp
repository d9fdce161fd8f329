#include "engine/stop_matcher.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace inferenceflow::engine {
namespace {

struct run {
  std::string shown;
  bool stopped = false;
};

run feed_all(const std::vector<std::string>& stops, const std::vector<std::string>& pieces) {
  stop_matcher matcher(stops);
  run out;
  for (const auto& piece : pieces) {
    auto step = matcher.feed(piece);
    out.shown += step.released;
    if (step.hit) {
      out.stopped = true;
      return out;
    }
  }
  out.shown += matcher.flush();
  return out;
}

// Every way to cut `text` into up to three pieces must show the same.
void expect_same_for_every_split(const std::vector<std::string>& stops, const std::string& text,
                                 const std::string& shown, bool stopped) {
  for (std::size_t a = 0; a <= text.size(); ++a) {
    for (std::size_t b = a; b <= text.size(); ++b) {
      const auto out = feed_all(stops, {text.substr(0, a), text.substr(a, b - a), text.substr(b)});
      EXPECT_EQ(out.shown, shown) << "cut at " << a << " and " << b;
      EXPECT_EQ(out.stopped, stopped) << "cut at " << a << " and " << b;
    }
  }
  std::vector<std::string> bytes;
  for (const char c : text) {
    bytes.emplace_back(1, c);
  }
  EXPECT_EQ(feed_all(stops, bytes).shown, shown);
}

TEST(stop_matcher, without_stops_everything_passes_at_once) {
  stop_matcher matcher({});
  EXPECT_EQ(matcher.feed("anything").released, "anything");
  EXPECT_EQ(matcher.flush(), "");
}

TEST(stop_matcher, cuts_before_the_stop_string_however_it_arrives) {
  expect_same_for_every_split({"STOP"}, "one STOP two", "one ", true);
  expect_same_for_every_split({"\n\n"}, "a\nb\n\nc", "a\nb", true);
}

TEST(stop_matcher, shows_a_prefix_that_never_completes) {
  expect_same_for_every_split({"STOP"}, "ST STO STX", "ST STO STX", false);
}

TEST(stop_matcher, finds_a_stop_that_overlaps_a_failed_start) {
  expect_same_for_every_split({"aab"}, "aaab!", "a", true);
  expect_same_for_every_split({"abcabd"}, "abcabcabd", "abc", true);
}

TEST(stop_matcher, the_stop_that_ends_first_wins) {
  expect_same_for_every_split({"abc", "b"}, "xabc", "xa", true);
  expect_same_for_every_split({"bc", "abc"}, "xabc", "x", true);
}

TEST(stop_matcher, a_multibyte_stop_is_found) {
  expect_same_for_every_split({"é"}, "caf\xC3\xA9 au lait", "caf", true);
}

TEST(stop_matcher, never_shows_a_part_of_a_stop_before_the_decision) {
  stop_matcher matcher({"<|end|>"});
  EXPECT_EQ(matcher.feed("text<|e").released, "text");
  EXPECT_EQ(matcher.feed("nd|").released, "");
  const auto last = matcher.feed("> more");
  EXPECT_TRUE(last.hit);
  EXPECT_EQ(last.released, "");
}

TEST(stop_matcher, empty_stops_are_ignored) {
  EXPECT_EQ(feed_all({""}, {"abc"}).shown, "abc");
}

} // namespace
} // namespace inferenceflow::engine
