#include "replay/log/time_text.h"

#include <gtest/gtest.h>
#include <limits>

namespace inferenceflow::replay {
namespace {

TEST(time_text, reads_the_spellings_that_logs_have) {
  constexpr std::int64_t noon = 1'772'366'400'000; // 2026-03-01T12:00:00Z
  EXPECT_EQ(parse_time("2026-03-01T12:00:00Z"), noon);
  EXPECT_EQ(parse_time("2026-03-01T12:00:00.250Z"), noon + 250);
  EXPECT_EQ(parse_time("2026-03-01 12:00:00.250999"), noon + 250);
  EXPECT_EQ(parse_time("2026-03-01 14:00:00+02"), noon);
  EXPECT_EQ(parse_time("2026-03-01T06:30:00-05:30"), noon);
  EXPECT_EQ(parse_time("2026-03-01T12:00"), noon);
  EXPECT_EQ(parse_time(" 1772366400 "), noon);
  EXPECT_EQ(parse_time("1772366400.25"), noon + 250);
  EXPECT_EQ(parse_time("2026-03-01"), noon - 12LL * 3'600'000);
}

TEST(time_text, tells_seconds_from_milliseconds_micro_and_nanoseconds) {
  EXPECT_EQ(unix_ms_of(1'772'366'400), 1'772'366'400'000);
  EXPECT_EQ(unix_ms_of(1'772'366'400'000.0), 1'772'366'400'000);
  EXPECT_EQ(unix_ms_of(1'772'366'400'000'000.0), 1'772'366'400'000);
  EXPECT_EQ(unix_ms_of(1'772'366'400'000'000'000.0), 1'772'366'400'000);
}

TEST(time_text, what_is_no_time_is_none) {
  for (const char* const text : {"", "yesterday", "2026-13-01T00:00:00Z", "2026-02-30", "2026-03-01T25:00:00Z",
                                 "2026-03-01T12:00:00 o'clock", "-5", "nan", "1e400", "2026-03-01T12:61:00Z"}) {
    EXPECT_EQ(parse_time(text), std::nullopt) << text;
  }
  EXPECT_EQ(unix_ms_of(std::numeric_limits<double>::infinity()), std::nullopt);
  EXPECT_EQ(unix_ms_of(-1), std::nullopt);
}

} // namespace
} // namespace inferenceflow::replay
