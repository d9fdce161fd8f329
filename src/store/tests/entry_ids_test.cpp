#include "store/entry_ids.h"

#include <gtest/gtest.h>
#include <limits>
#include <utility>
#include <vector>

namespace inferenceflow::store {
namespace {

/// Hands out `draws` one after the other, then 0.
std::function<std::uint32_t()> random_of(std::vector<std::uint32_t> draws) {
  return [draws = std::move(draws), at = std::size_t{0}]() mutable { return at < draws.size() ? draws[at++] : 0U; };
}

std::int64_t at(const clock_source& clock) {
  return to_unix_ms(clock.wall_now()) << 22U;
}

TEST(entry_ids, are_made_of_time_random_bits_and_count) {
  manual_clock clock;
  entry_ids ids(clock, random_of({0xabcdef12U}));
  EXPECT_EQ(ids.next(), at(clock) | 0xf12 << 10);
  EXPECT_EQ(ids.next(), (at(clock) | 0xf12 << 10) + 1);
  clock.advance(std::chrono::milliseconds{1});
  EXPECT_EQ(ids.next(), at(clock) | 0xf12 << 10);
}

TEST(entry_ids, grow_when_the_clock_goes_back) {
  manual_clock clock;
  entry_ids ids(clock, random_of({7}));
  const std::int64_t first = ids.next();
  clock.advance(-std::chrono::hours{1});
  EXPECT_EQ(ids.next(), first + 1);
}

TEST(entry_ids, grow_through_more_rows_than_a_millisecond_has_room_for) {
  manual_clock clock;
  entry_ids ids(clock, random_of({4'095}));
  std::int64_t last = ids.next();
  for (int i = 0; i < 5'000; ++i) {
    EXPECT_EQ(ids.next(), last + 1);
    ++last;
  }
  clock.advance(std::chrono::milliseconds{1}); // 5,000 rows ran into the next millisecond's numbers
  EXPECT_GT(ids.next(), last);
}

TEST(entry_ids, conflict_draws_other_random_bits_and_still_grows) {
  manual_clock clock;
  entry_ids ids(clock, random_of({5, 9, 2}));
  const std::int64_t first = ids.next();
  EXPECT_EQ(ids.next_after_conflict(), at(clock) | 9 << 10);
  EXPECT_EQ(ids.next_after_conflict(), (at(clock) | 9 << 10) + 1) << "lower bits would go back";
  EXPECT_GT(at(clock) | 9 << 10, first);
  clock.advance(std::chrono::milliseconds{1});
  EXPECT_EQ(ids.next(), at(clock) | 2 << 10);
}

TEST(entry_ids, are_above_zero_before_1970_and_in_range_after_2039) {
  manual_clock clock;
  clock.advance(-std::chrono::hours{24 * 365 * 60});
  entry_ids early(clock, random_of({0}));
  EXPECT_EQ(early.next(), 1);
  clock.advance(std::chrono::hours{24 * 365 * 100});
  entry_ids late(clock, random_of({4'095}));
  std::int64_t last = late.next();
  for (int i = 0; i < 2'000; ++i) {
    const std::int64_t next = late.next();
    EXPECT_GE(next, last);
    last = next;
  }
  EXPECT_EQ(last, std::numeric_limits<std::int64_t>::max());
}

} // namespace
} // namespace inferenceflow::store
