#include "replay/log/log_feed.h"

#include <deque>
#include <gtest/gtest.h>

namespace inferenceflow::replay {
namespace {

class given_items final : public log_reader {
public:
  explicit given_items(std::deque<log_item> items)
      : items_(std::move(items)) {}
  std::optional<log_item> next() override {
    if (items_.empty()) {
      return std::nullopt;
    }
    auto item = std::move(items_.front());
    items_.pop_front();
    return item;
  }
  std::uint64_t taken() const override { return 0; }
  std::uint64_t total() const override { return 0; }
  std::string_view kind() const override { return "a test"; }

private:
  std::deque<log_item> items_;
};

log_item at(std::int64_t ms, std::string id = {}) {
  record made;
  made.id = std::move(id);
  made.began_ms = ms;
  made.timed = ms != 0;
  made.model = "m";
  return {.read = std::move(made)};
}

std::vector<std::int64_t> times_of(log_feed& feed) {
  std::vector<std::int64_t> times;
  while (const auto got = feed.next()) {
    times.push_back(got->began_ms);
  }
  return times;
}

log_feed feed_of(std::deque<log_item> items) {
  return log_feed{std::make_unique<given_items>(std::move(items))};
}

TEST(log_feed, puts_records_in_order) {
  auto feed = feed_of({at(300), at(100), at(200)});
  EXPECT_EQ(times_of(feed), (std::vector<std::int64_t>{100, 200, 300}));
  EXPECT_EQ(feed.counts().sorted, 1U); // 200 came after 100, so only 100 came late
  EXPECT_EQ(feed.counts().clamped, 0U);
}

TEST(log_feed, a_clock_that_went_back_beyond_the_window_is_clamped) {
  std::deque<log_item> items;
  for (std::size_t i = 0; i < k_window_records + 10; ++i) {
    items.push_back(at(1'000'000 + static_cast<std::int64_t>(i)));
  }
  items.push_back(at(5));
  auto feed = feed_of(std::move(items));
  const auto times = times_of(feed);
  EXPECT_EQ(times.size(), k_window_records + 11);
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
  EXPECT_EQ(feed.counts().clamped, 1U);
}

TEST(log_feed, a_leap_forwards_is_counted) {
  auto feed = feed_of({at(1'000), at(1'000 + k_forward_jump_ms + 1), at(1'000 + k_forward_jump_ms + 2)});
  (void)times_of(feed);
  EXPECT_EQ(feed.counts().forward_jumps, 1U);
}

TEST(log_feed, records_without_a_time_follow_the_one_before) {
  auto feed = feed_of({at(10'000), at(0), at(0)});
  EXPECT_EQ(times_of(feed), (std::vector<std::int64_t>{10'000, 11'000, 12'000}));
  EXPECT_EQ(feed.counts().untimed, 2U);
}

TEST(log_feed, an_id_counts_once_and_no_id_always) {
  auto feed = feed_of({at(1, "a"), at(2, "a"), at(3), at(4), {.why = skip_reason::broken}});
  EXPECT_EQ(times_of(feed).size(), 3U);
  EXPECT_EQ(feed.counts().skipped[static_cast<std::size_t>(skip_reason::duplicate)], 1U);
  EXPECT_EQ(feed.counts().skipped[static_cast<std::size_t>(skip_reason::broken)], 1U);
  EXPECT_EQ(feed.counts().lines, 5U);
  EXPECT_EQ(feed.counts().usable, 3U);
}

TEST(log_feed, an_empty_log_gives_nothing) {
  auto feed = feed_of({});
  EXPECT_FALSE(feed.next());
  EXPECT_FALSE(feed.next());
}

} // namespace
} // namespace inferenceflow::replay
