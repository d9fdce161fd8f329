#include "app/cache_warm/line_splitter.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <vector>

namespace inferenceflow::app::cache_warm {
namespace {

using testing::ElementsAre;

/// "<number>:<text>" of all lines, with the text fed in pieces of `piece` bytes.
std::vector<std::string> lines_of(std::string_view text, std::size_t piece, std::size_t line_bytes_max = 8) {
  line_splitter splitter{line_bytes_max};
  std::vector<std::string> lines;
  const auto take = [&] {
    while (const auto line = splitter.next()) {
      lines.push_back(fmt::format("{}:{}", line->number, line->too_long ? "too long" : line->text));
    }
  };
  for (std::size_t at = 0; at < text.size(); at += piece) {
    splitter.feed(text.substr(at, piece));
    take();
  }
  splitter.finish();
  take();
  EXPECT_EQ(splitter.taken(), text.size());
  return lines;
}

TEST(line_splitter, lines_are_the_same_however_they_come) {
  for (std::size_t piece = 3; piece < 40; ++piece) {
    EXPECT_THAT(lines_of("\xef\xbb\xbf"
                         "a\n\nbc\r\n0123456789\n01234567\nend",
                         piece),
                ElementsAre("1:a", "2:", "3:bc\r", "4:too long", "5:01234567", "6:end"))
        << piece;
  }
}

TEST(line_splitter, long_last_line_and_none_at_all) {
  EXPECT_THAT(lines_of("a\n0123456789", 1), ElementsAre("1:a", "2:too long"));
  EXPECT_THAT(lines_of("0123456789\nb", 2), ElementsAre("1:too long", "2:b"));
  EXPECT_THAT(lines_of("a\n", 1), ElementsAre("1:a"));
  EXPECT_TRUE(lines_of("", 1).empty());
}

TEST(line_splitter, line_without_end_takes_no_memory) {
  line_splitter splitter{1'000};
  const std::string piece(900, 'x');
  for (int i = 0; i < 10'000; ++i) {
    splitter.feed(piece);
    EXPECT_FALSE(splitter.next().has_value());
  }
  splitter.feed("\nnext\n");
  EXPECT_TRUE(splitter.next()->too_long);
  EXPECT_EQ(splitter.next()->text, "next");
}

} // namespace
} // namespace inferenceflow::app::cache_warm
