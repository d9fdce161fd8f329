#include "store/entry_ids.h"

#include <gtest/gtest.h>
#include <limits>
#include <set>
#include <utility>
#include <vector>

namespace inferenceflow::store {
namespace {

constexpr std::int64_t k_now_ms = 1'790'000'000'000;

/// Hands out `draws` one after the other, then 0.
std::function<std::uint32_t()> random_of(std::vector<std::uint32_t> draws) {
  return [draws = std::move(draws), at = std::size_t{0}]() mutable { return at < draws.size() ? draws[at++] : 0U; };
}

TEST(entry_ids, are_made_of_time_random_bits_and_count) {
  entry_ids ids(random_of({0xabcdef12U}));
  EXPECT_EQ(ids.next(k_now_ms), ((k_now_ms - k_entry_epoch_ms) << 22) + (0xf12 << 10));
  EXPECT_EQ(ids.next(k_now_ms), ((k_now_ms - k_entry_epoch_ms) << 22) + (0xf12 << 10) + 1);
  EXPECT_EQ(ids.next(k_now_ms + 1), ((k_now_ms + 1 - k_entry_epoch_ms) << 22) + (0xf12 << 10) + 2);
}

TEST(entry_ids, differ_and_keep_their_time_when_the_clock_goes_back_and_forth) {
  entry_ids ids(random_of({4'095}));
  std::set<std::int64_t> made;
  for (int i = 0; i < 1'024; ++i) {
    const std::int64_t at = k_now_ms + (i % 3) - 1;
    const std::int64_t id = ids.next(at);
    EXPECT_TRUE(made.insert(id).second);
    EXPECT_GE(id, first_entry_id_at(at));
    EXPECT_LT(id, first_entry_id_at(at + 1));
  }
}

TEST(entry_ids, conflict_draws_other_random_bits) {
  entry_ids ids(random_of({5, 9}));
  const std::int64_t start = first_entry_id_at(k_now_ms);
  EXPECT_EQ(ids.next(k_now_ms), start + (5 << 10));
  EXPECT_EQ(ids.next_after_conflict(k_now_ms), start + (9 << 10) + 1);
  EXPECT_EQ(ids.next(k_now_ms), start + (9 << 10) + 2);
}

TEST(entry_ids, sort_by_time_before_the_epoch_too) {
  EXPECT_EQ(first_entry_id_at(k_entry_epoch_ms), 0);
  EXPECT_LT(first_entry_id_at(0), first_entry_id_at(1));
  EXPECT_LT(first_entry_id_at(1), 0);
}

TEST(entry_ids, times_out_of_bounds_count_as_the_ends) {
  constexpr auto largest = std::numeric_limits<std::int64_t>::max();
  constexpr auto smallest = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(first_entry_id_at(smallest), smallest);
  EXPECT_EQ(first_entry_id_at(largest), (largest >> 22) << 22);
  entry_ids ids(random_of({4'095}));
  for (int i = 0; i < 2'000; ++i) {
    EXPECT_GE(ids.next(largest), first_entry_id_at(largest)) << "no overflow";
  }
}

} // namespace
} // namespace inferenceflow::store
