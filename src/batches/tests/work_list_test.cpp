#include "batches/work_list.h"

#include <gtest/gtest.h>
#include <map>
#include <random>
#include <set>

namespace inferenceflow::batches {
namespace {

using namespace std::chrono_literals;
using step = work_list::step;

const wall_time k_now{1'700'000'000s};

std::vector<batch_item> lines(std::int64_t first, std::int64_t last) {
  std::vector<batch_item> items;
  for (; first <= last; ++first) {
    items.push_back({.line = first, .custom_id = std::to_string(first), .body = "{}"});
  }
  return items;
}

template <class Step> const Step* as(const step& said) {
  return std::get_if<Step>(&said);
}

/// A list with one batch whose lines 1 to `count` are there.
work_list with_lines(std::int64_t count, work_limits limits = {}) {
  work_list work{limits};
  work.add(1, "a", k_now + 24h);
  EXPECT_NE(as<work_list::fetch>(work.next(k_now)), nullptr);
  work.fed(1, lines(1, count), false);
  return work;
}

TEST(work_list, reads_asks_and_completes) {
  work_list work = with_lines(2);
  for (int i = 0; i < 2; ++i) {
    const auto said = work.next(k_now);
    ASSERT_NE(as<work_list::start>(said), nullptr);
    EXPECT_EQ(as<work_list::start>(said)->item.line, i + 1);
  }
  EXPECT_NE(as<work_list::wait>(work.next(k_now)), nullptr) << "both are in flight";
  work.settled(1);
  EXPECT_NE(as<work_list::wait>(work.next(k_now)), nullptr);
  work.settled(1);
  const auto end = work.next(k_now);
  ASSERT_NE(as<work_list::finish>(end), nullptr);
  EXPECT_EQ(as<work_list::finish>(end)->end, batch_status::completed);
  EXPECT_EQ(work.batches(), 0U);
}

TEST(work_list, a_batch_waits_for_lines_that_are_set_aside) {
  work_list work = with_lines(2, {.parallel_max = 1});
  ASSERT_NE(as<work_list::start>(work.next(k_now)), nullptr);
  work.set_aside(1);
  EXPECT_EQ(work.in_flight(), 0U) << "it takes no place";
  ASSERT_NE(as<work_list::start>(work.next(k_now)), nullptr);
  work.settled(1);
  EXPECT_NE(as<work_list::wait>(work.next(k_now)), nullptr);
  work.brought_back(1, {.line = 1, .normally = true});
  const auto again = work.next(k_now);
  ASSERT_NE(as<work_list::start>(again), nullptr);
  EXPECT_TRUE(as<work_list::start>(again)->item.normally);
  work.settled(1);
  EXPECT_NE(as<work_list::finish>(work.next(k_now)), nullptr);
}

TEST(work_list, cancelled_and_expired_batches_wait_for_lines_that_are_aside) {
  for (const bool cancelled : {true, false}) {
    work_list work{{}};
    work.add(1, "a", k_now + 1h, 2);
    EXPECT_NE(as<work_list::fetch>(work.next(k_now)), nullptr);
    work.fed(1, {}, false);
    wall_time now = k_now;
    cancelled ? work.cancel(1) : void(now += 2h);
    EXPECT_NE(as<work_list::wait>(work.next(now)), nullptr);
    work.aside_settled(1);
    work.brought_back(1, {.line = 2});
    const auto end = work.next(now);
    ASSERT_NE(as<work_list::finish>(end), nullptr);
    EXPECT_EQ(as<work_list::finish>(end)->end, cancelled ? batch_status::cancelled : batch_status::expired);
  }
}

TEST(work_list, holds_its_bound_of_lines_in_flight) {
  work_list work = with_lines(10, {.parallel_max = 3});
  for (int i = 0; i < 3; ++i) {
    ASSERT_NE(as<work_list::start>(work.next(k_now)), nullptr);
  }
  EXPECT_NE(as<work_list::wait>(work.next(k_now)), nullptr);
  work.settled(1);
  EXPECT_NE(as<work_list::start>(work.next(k_now)), nullptr);
  EXPECT_EQ(work.in_flight(), 3U);
}

TEST(work_list, cancels_after_what_runs_has_come_back) {
  work_list work = with_lines(5);
  ASSERT_NE(as<work_list::start>(work.next(k_now)), nullptr);
  work.cancel(1);
  EXPECT_NE(as<work_list::wait>(work.next(k_now)), nullptr) << "one line is still in flight";
  work.settled(1);
  const auto end = work.next(k_now);
  ASSERT_NE(as<work_list::finish>(end), nullptr);
  EXPECT_EQ(as<work_list::finish>(end)->end, batch_status::cancelled);
}

TEST(work_list, expires_at_the_end_of_the_window_and_not_before) {
  work_list work = with_lines(5, {.parallel_max = 1});
  ASSERT_NE(as<work_list::start>(work.next(k_now)), nullptr);
  const auto waits = work.next(k_now + 24h - 1s);
  ASSERT_NE(as<work_list::wait>(waits), nullptr);
  EXPECT_LE(as<work_list::wait>(waits)->until, k_now + 24h);
  EXPECT_NE(as<work_list::wait>(work.next(k_now + 24h)), nullptr);
  work.settled(1);
  const auto end = work.next(k_now + 24h);
  ASSERT_NE(as<work_list::finish>(end), nullptr);
  EXPECT_EQ(as<work_list::finish>(end)->end, batch_status::expired);
}

TEST(work_list, a_batch_that_is_done_when_its_window_ends_is_completed) {
  work_list work = with_lines(1);
  ASSERT_NE(as<work_list::start>(work.next(k_now)), nullptr);
  work.settled(1);
  const auto end = work.next(k_now + 48h);
  ASSERT_NE(as<work_list::finish>(end), nullptr);
  EXPECT_EQ(as<work_list::finish>(end)->end, batch_status::completed);
}

TEST(work_list, asks_again_after_growing_pauses_and_gives_up) {
  work_list work = with_lines(1, {.attempts_max = 3, .pause_min = 1s});
  auto said = work.next(k_now);
  ASSERT_NE(as<work_list::start>(said), nullptr);
  batch_item item = as<work_list::start>(said)->item;
  EXPECT_TRUE(work.is_final(item, 400));
  EXPECT_TRUE(work.is_final(item, 501));
  EXPECT_FALSE(work.is_final(item, 429));
  work.again(1, item, 0s, 0, k_now);
  said = work.next(k_now);
  ASSERT_NE(as<work_list::wait>(said), nullptr);
  EXPECT_EQ(as<work_list::wait>(said)->until, k_now + 1s);
  said = work.next(k_now + 1s);
  ASSERT_NE(as<work_list::start>(said), nullptr);
  item = as<work_list::start>(said)->item;
  work.again(1, item, 0s, 0, k_now + 1s);
  EXPECT_NE(as<work_list::wait>(work.next(k_now + 2s)), nullptr);
  said = work.next(k_now + 3s);
  ASSERT_NE(as<work_list::start>(said), nullptr) << "two seconds the second time";
  EXPECT_TRUE(work.is_final(as<work_list::start>(said)->item, 429)) << "the third is the last";
}

TEST(work_list, heeds_retry_after_within_reason) {
  work_list work = with_lines(1);
  work.again(1, as<work_list::start>(work.next(k_now))->item, 30s, 0, k_now);
  EXPECT_EQ(as<work_list::wait>(work.next(k_now))->until, k_now + 30s);
  work = with_lines(1);
  work.again(1, as<work_list::start>(work.next(k_now))->item, 100'000s, 0, k_now);
  EXPECT_LE(as<work_list::wait>(work.next(k_now + 599s))->until, k_now + 600s);
  EXPECT_NE(as<work_list::start>(work.next(k_now + 600s)), nullptr);
}

TEST(work_list, reads_no_more_while_many_wait_for_another_attempt) {
  work_list work{{.parallel_max = 1'000, .attempts_max = 100, .pause_min = 1h, .pause_max = 1h}};
  work.add(1, "a", k_now + 24h);
  std::int64_t next_line = 1;
  std::size_t asked = 0;
  for (;;) {
    const auto said = work.next(k_now);
    if (as<work_list::fetch>(said) != nullptr) {
      EXPECT_EQ(as<work_list::fetch>(said)->after, next_line - 1);
      work.fed(1, lines(next_line, next_line + 63), true);
      next_line += 64;
    } else if (const auto* one = as<work_list::start>(said)) {
      ++asked;
      work.again(1, one->item, 0s, 0, k_now);
    } else {
      break;
    }
  }
  EXPECT_EQ(asked, k_page_items);
}

TEST(work_list, serves_tenants_alike_and_the_nearest_end_first) {
  work_list work{{.parallel_max = 4}};
  work.add(1, "flood", k_now + 24h);
  work.add(2, "flood", k_now + 1h);
  work.add(3, "quiet", k_now + 24h);
  for (int i = 0; i < 3; ++i) {
    const auto* read = as<work_list::fetch>(work.next(k_now));
    ASSERT_NE(read, nullptr);
    work.fed(read->batch, lines(1, 10), false);
  }
  std::map<std::int64_t, int> started;
  for (int i = 0; i < 4; ++i) {
    ++started[as<work_list::start>(work.next(k_now))->batch];
  }
  EXPECT_EQ(started[2], 2) << "the nearer end of the two";
  EXPECT_EQ(started[1], 0);
  EXPECT_EQ(started[3], 2) << "half of the places";
}

/// Whatever the order of events, every line of a batch that is not cancelled is asked until it is settled once.
TEST(work_list, loses_and_repeats_nothing_over_random_events) {
  std::mt19937_64 random{7};
  for (int round = 0; round < 200; ++round) {
    work_list work{{.parallel_max = 1 + random() % 5, .attempts_max = 3}};
    const std::int64_t total = 1 + static_cast<std::int64_t>(random() % 150);
    work.add(1, "a", k_now + 24h);
    std::vector<batch_item> flying;
    std::set<std::int64_t> settled;
    wall_time now = k_now;
    bool over = false;
    for (int guard = 0; !over && guard < 20'000; ++guard) {
      if (!flying.empty() && random() % 2 == 0) {
        const std::size_t at = random() % flying.size();
        const batch_item item = flying[at];
        flying.erase(flying.begin() + static_cast<std::ptrdiff_t>(at));
        const int status = random() % 4 == 0 ? 503 : 200;
        if (work.is_final(item, status)) {
          EXPECT_TRUE(settled.insert(item.line).second) << item.line;
          work.settled(1);
        } else {
          work.again(1, item, 0s, 0.5, now);
        }
        continue;
      }
      const auto said = work.next(now);
      if (const auto* read = as<work_list::fetch>(said)) {
        const auto last = std::min<std::int64_t>(total, read->after + static_cast<std::int64_t>(k_page_items));
        work.fed(1, lines(read->after + 1, last), last < total);
      } else if (const auto* one = as<work_list::start>(said)) {
        flying.push_back(one->item);
      } else if (const auto* idle = as<work_list::wait>(said)) {
        now = flying.empty() ? std::max(now, idle->until) : now;
      } else {
        over = true;
        EXPECT_EQ(as<work_list::finish>(said)->end, batch_status::completed);
      }
    }
    EXPECT_TRUE(over);
    EXPECT_EQ(static_cast<std::int64_t>(settled.size()), total);
  }
}

} // namespace
} // namespace inferenceflow::batches
