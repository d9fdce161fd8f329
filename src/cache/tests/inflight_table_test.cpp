#include "cache/inflight_table.h"
#include "cache/tests/answers.h"

#include <gtest/gtest.h>
#include <string>
#include <utility>

namespace inferenceflow::cache {
namespace {

using testing::key_of;
using testing::make;

constexpr std::size_t k_all = 1U << 20U;

inflight_leader must_lead(inflight_table& table, std::uint64_t n = 1) {
  auto joined = table.join(key_of(n));
  EXPECT_TRUE(std::holds_alternative<inflight_leader>(joined));
  return std::get<inflight_leader>(std::move(joined));
}

inflight_follower must_follow(inflight_table& table, std::uint64_t n = 1) {
  auto joined = table.join(key_of(n));
  EXPECT_TRUE(std::holds_alternative<inflight_follower>(joined));
  return std::get<inflight_follower>(std::move(joined));
}

/// What one read() gives, beside its state.
std::string take(inflight_follower& follower, share_state expected, std::size_t bytes_max = k_all) {
  std::string out;
  EXPECT_EQ(follower.read(bytes_max, out), expected);
  return out;
}

TEST(inflight_table, first_leads_and_identical_ones_follow_from_the_first_byte) {
  inflight_table table{{}};
  auto leader = must_lead(table);
  EXPECT_TRUE(leader.shared());
  auto early = must_follow(table);
  EXPECT_EQ(take(early, share_state::waiting), "");
  EXPECT_FALSE(early.head().has_value());

  leader.publish_head({.status = 200, .content_type = "text/event-stream", .model = "m", .provider = "p"});
  EXPECT_EQ(early.head()->provider, "p");
  leader.append("one ");
  auto late = must_follow(table);
  leader.append("two");
  EXPECT_EQ(leader.followers(), 2U);
  EXPECT_EQ(take(early, share_state::streaming, 3), "one");
  EXPECT_EQ(take(early, share_state::streaming), " two");
  EXPECT_EQ(leader.bytes(), "one two");

  const auto answer = make({});
  leader.complete(answer);
  EXPECT_EQ(take(early, share_state::complete), "");
  EXPECT_EQ(take(late, share_state::complete), "one two");
  EXPECT_EQ(late.answer(), answer);
}

TEST(inflight_table, end_is_seen_only_after_the_last_byte) {
  inflight_table table{{}};
  auto leader = must_lead(table);
  auto follower = must_follow(table);
  leader.append("abcdef");
  leader.fail(make_error(error_kind::upstream_failed, "closed early"));
  EXPECT_EQ(take(follower, share_state::streaming, 4), "abcd");
  EXPECT_EQ(take(follower, share_state::failed), "ef");
  EXPECT_EQ(follower.failure()->kind, error_kind::upstream_failed);
}

TEST(inflight_table, other_keys_do_not_meet) {
  inflight_table table{{}};
  auto first = must_lead(table, 1);
  auto second = must_lead(table, 2);
  EXPECT_EQ(table.size(), 2U);
}

TEST(inflight_table, ended_request_is_joined_no_more) {
  inflight_table table{{}};
  auto first = must_lead(table);
  first.complete(nullptr);
  EXPECT_EQ(table.size(), 0U);
  auto second = must_lead(table);
  second.fail(make_error(error_kind::upstream_failed, "no"));
  auto third = must_lead(table);
  EXPECT_EQ(table.size(), 1U);
}

TEST(inflight_table, dropped_leader_fails_its_followers_with_something_to_retry) {
  inflight_table table{{}};
  auto follower = [&] {
    auto leader = must_lead(table);
    auto moved = std::move(leader);
    return must_follow(table);
  }();
  EXPECT_EQ(take(follower, share_state::failed), "");
  EXPECT_EQ(follower.failure()->kind, error_kind::unavailable);
  EXPECT_TRUE(follower.failure()->retryable);
  EXPECT_EQ(table.size(), 0U);
}

TEST(inflight_table, assigning_over_a_leader_ends_it) {
  inflight_table table{{}};
  auto leader = must_lead(table, 1);
  auto follower = must_follow(table, 1);
  leader = must_lead(table, 2);
  EXPECT_EQ(take(follower, share_state::failed), "");
  EXPECT_EQ(table.size(), 1U);
}

TEST(inflight_table, first_ending_wins) {
  inflight_table table{{}};
  auto leader = must_lead(table);
  auto follower = must_follow(table);
  leader.complete(nullptr);
  leader.fail(make_error(error_kind::internal, "late"));
  leader.append("late");
  leader.publish_head({});
  EXPECT_EQ(take(follower, share_state::complete), "");
  EXPECT_FALSE(follower.failure().has_value());
}

TEST(inflight_table, wakes_once_for_each_registration) {
  inflight_table table{{}};
  auto leader = must_lead(table);
  auto follower = must_follow(table);
  int woken = 0;
  const auto wake = [&woken] { ++woken; };
  EXPECT_TRUE(follower.wait(wake));
  leader.publish_head({});
  EXPECT_EQ(woken, 1);
  leader.append("a");
  EXPECT_EQ(woken, 1);
  EXPECT_FALSE(follower.wait(wake)) << "unread news: a callback now could be missed for ever";
  EXPECT_EQ(take(follower, share_state::streaming), "a");
  EXPECT_TRUE(follower.wait(wake));
  leader.append("b");
  EXPECT_EQ(woken, 2);
  EXPECT_EQ(take(follower, share_state::streaming), "b");
  EXPECT_TRUE(follower.wait(wake));
  leader.complete(nullptr);
  EXPECT_EQ(woken, 3);
  EXPECT_EQ(take(follower, share_state::complete), "");
  EXPECT_FALSE(follower.wait(wake)) << "nothing will ever come";
}

TEST(inflight_table, head_alone_is_news) {
  inflight_table table{{}};
  auto leader = must_lead(table);
  auto follower = must_follow(table);
  EXPECT_EQ(take(follower, share_state::waiting), "");
  leader.publish_head({});
  EXPECT_FALSE(follower.wait([] {}));
}

TEST(inflight_table, detached_follower_is_not_woken_and_may_be_destroyed_in_a_callback) {
  inflight_table table{{}};
  auto leader = must_lead(table);
  auto watcher = must_follow(table);
  int woken = 0;
  {
    auto follower = must_follow(table);
    EXPECT_TRUE(follower.wait([&woken] { ++woken; }));
  }
  EXPECT_EQ(leader.followers(), 1U);
  auto held = std::make_unique<inflight_follower>(std::move(watcher));
  EXPECT_TRUE(held->wait([&held] { held.reset(); }));
  leader.append("a");
  EXPECT_EQ(woken, 0);
  EXPECT_EQ(leader.followers(), 0U);
}

TEST(inflight_table, leader_without_client_goes_on_only_while_somebody_follows) {
  inflight_table table{{}};
  auto leader = must_lead(table);
  int unread = 0;
  const auto wake = [&unread] { ++unread; };
  EXPECT_FALSE(leader.on_unread(wake));
  {
    auto follower = must_follow(table);
    EXPECT_FALSE(leader.abandon_if_unread());
    EXPECT_TRUE(leader.on_unread(wake));
    auto another = must_follow(table);
  }
  EXPECT_EQ(unread, 1);
  EXPECT_TRUE(leader.abandon_if_unread());
  auto next = must_lead(table);
  EXPECT_TRUE(leader.abandon_if_unread());
  EXPECT_EQ(table.size(), 1U) << "the abandoned leader must not take the new one's entry along";
}

TEST(inflight_table, full_table_lets_requests_run_alone) {
  inflight_table table{{.entries_max = 1}};
  auto leader = must_lead(table, 1);
  auto alone = must_lead(table, 2);
  EXPECT_FALSE(alone.shared());
  alone.publish_head({});
  alone.append("x");
  EXPECT_EQ(alone.bytes(), "");
  EXPECT_EQ(alone.followers(), 0U);
  EXPECT_TRUE(alone.abandon_if_unread());
  alone.complete(nullptr);
  EXPECT_EQ(table.size(), 1U);
  auto follower = must_follow(table, 1);
  leader.complete(nullptr);
  auto next = must_lead(table, 2);
  EXPECT_TRUE(next.shared());
}

TEST(inflight_table, leader_alone_on_purpose_shares_nothing) {
  auto alone = inflight_leader::alone();
  EXPECT_FALSE(alone.shared());
  alone.append("x");
  EXPECT_FALSE(alone.on_unread([] {}));
  EXPECT_TRUE(alone.abandon_if_unread());
  alone.fail(make_error(error_kind::internal, "no"));
}

TEST(inflight_table, too_many_followers_run_alone) {
  inflight_table table{{.followers_max = 1}};
  auto leader = must_lead(table);
  auto follower = must_follow(table);
  auto alone = must_lead(table);
  EXPECT_FALSE(alone.shared());
}

TEST(inflight_table, outgrown_answer_takes_no_newcomer_but_serves_those_who_keep_up) {
  inflight_table table{{.answer_bytes_max = 8}};
  auto leader = must_lead(table);
  auto quick = must_follow(table);
  auto slow = must_follow(table);
  leader.publish_head({});
  leader.append("12345678");
  EXPECT_EQ(leader.bytes(), "12345678");
  EXPECT_EQ(take(quick, share_state::streaming), "12345678");
  leader.append("9");
  EXPECT_EQ(leader.bytes(), "") << "no longer whole";
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(take(slow, share_state::failed), "");
  EXPECT_EQ(slow.failure()->kind, error_kind::unavailable);
  std::string sent = "9";
  std::string got = take(quick, share_state::streaming);
  for (int i = 0; i < 100; ++i) {
    const std::string chunk = std::to_string(i) + ",";
    leader.append(chunk);
    sent += chunk;
    if (i % 2 == 0) {
      got += take(quick, share_state::streaming, 5);
    }
    if (i % 3 == 0) {
      got += take(quick, share_state::streaming);
    }
  }
  leader.complete(nullptr);
  got += take(quick, share_state::complete);
  EXPECT_EQ(got, sent);
}

TEST(inflight_table, reader_that_falls_behind_an_outgrown_answer_is_failed) {
  inflight_table table{{.answer_bytes_max = 8}};
  auto leader = must_lead(table);
  auto follower = must_follow(table);
  leader.publish_head({});
  leader.append("1234");
  EXPECT_EQ(take(follower, share_state::streaming), "1234");
  leader.append("56789");
  int woken = 0;
  EXPECT_FALSE(follower.wait([&woken] { ++woken; }));
  leader.append("abcd");
  EXPECT_EQ(take(follower, share_state::failed), "");
  leader.complete(make({}));
  EXPECT_EQ(take(follower, share_state::failed), "");
}

TEST(inflight_table, follower_outlives_leader_and_table) {
  auto table = std::make_unique<inflight_table>(inflight_limits{});
  auto follower = [&] {
    auto leader = must_lead(*table);
    auto joined = must_follow(*table);
    leader.append("kept");
    leader.complete(nullptr);
    return joined;
  }();
  table.reset();
  EXPECT_EQ(take(follower, share_state::complete), "kept");
}

} // namespace
} // namespace inferenceflow::cache
