#include "app/models/progress.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <sstream>

namespace inferenceflow::app::models {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t k_mib = 1U << 20U;

TEST(download_progress, says_how_far_how_fast_and_how_long_yet) {
  const download_progress half{.bytes = 50 * k_mib, .began_with = 30 * k_mib, .total = 100 * k_mib, .elapsed = 2s};
  EXPECT_EQ(progress_text(half, false), " 50 %  50.0 MiB of 100.0 MiB  10.0 MiB/s  5 s left");
  EXPECT_EQ(progress_text(half, true), "[############            ]  50 %  50.0 MiB of 100.0 MiB  10.0 MiB/s  5 s left");
}

TEST(download_progress, without_a_size_it_says_what_it_knows) {
  EXPECT_EQ(progress_text({.bytes = 1'536, .began_with = 0, .total = {}, .elapsed = 0s}, true), "1.5 KiB");
  EXPECT_EQ(progress_text({.bytes = 0, .began_with = 0, .total = 0, .elapsed = 1s}, false), "  0 %  0 B of 0 B");
}

TEST(download_progress, a_file_gets_a_line_per_tenth) {
  std::ostringstream out;
  const manual_clock clock;
  progress_view view{out, clock, false};
  for (std::uint64_t at = 0; at <= 1'000; ++at) {
    view.show({.bytes = at, .began_with = 0, .total = 1'000, .elapsed = 0s});
  }
  view.end();
  const auto text = out.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 10);
}

TEST(download_progress, a_terminal_is_drawn_seldom_and_ends_with_the_last) {
  std::ostringstream out;
  manual_clock clock;
  progress_view view{out, clock, true};
  for (std::uint64_t at = 0; at < 999; ++at) {
    view.show({.bytes = at, .began_with = 0, .total = 1'000, .elapsed = 0s});
  }
  view.end();
  const auto text = out.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\r'), 2);
  EXPECT_NE(text.find("998 B of"), std::string::npos);
}

} // namespace
} // namespace inferenceflow::app::models
