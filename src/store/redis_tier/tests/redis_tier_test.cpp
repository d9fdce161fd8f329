#include "store/redis_tier/tests/replica.h"

#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>
#include <set>

namespace inferenceflow::store::redis_tier {
namespace {

using namespace std::chrono_literals;

std::string key_in_redis(const sealed& what) {
  return "iflow:1:e:" + cache::to_hex(what.name);
}

TEST(redis_tier, what_one_replica_stores_the_other_finds_on_every_loop) {
  const redis_process server;
  replica one{patient(server.url()), 2};
  replica two{patient(server.url()), 2};
  const sealed first = entry(1);
  EXPECT_FALSE(two.find(first.name));
  ASSERT_TRUE(one.store(first));
  EXPECT_EQ(two.find(first.name, 0), first.bytes);
  EXPECT_EQ(two.find(first.name, 1), first.bytes);
  EXPECT_EQ(one.find(first.name, 1), first.bytes);
  const cache::tier_stats stats = two.tier().stats();
  EXPECT_EQ(stats.hits, 2U);
  EXPECT_EQ(stats.misses, 1U);
  EXPECT_EQ(stats.errors + stats.dropped, 0U);
  EXPECT_TRUE(stats.available);
  EXPECT_EQ(one.tier().stats().stored, 1U);
  EXPECT_EQ(two.tier().name(), "redis");
  EXPECT_TRUE(eventually([&] { return two.tier().client_statistics().connected == 2; }));
  EXPECT_GE(two.tier().client_statistics().commands, 3U);
}

TEST(redis_tier, keys_live_as_long_as_their_entries) {
  const redis_process server;
  replica one{server};
  const sealed what = entry(1);
  ASSERT_TRUE(one.store(what, 90s));
  const auto left = server.ask({"PTTL", key_in_redis(what)}).integer;
  EXPECT_GT(left, 60'000);
  EXPECT_LE(left, 90'000);
  ASSERT_TRUE(one.store(what, std::chrono::hours{24 * 365 * 100}));
  EXPECT_LE(server.ask({"PTTL", key_in_redis(what)}).integer, std::chrono::milliseconds{24h * 365}.count());
  one.tier().store(entry(2).name, entry(2).bytes, 0ms);
  one.tier().store(entry(3).name, entry(3).bytes, -5ms);
  ASSERT_TRUE(one.store(entry(4)));
  EXPECT_EQ(server.ask({"DBSIZE"}).integer, 2);
}

TEST(redis_tier, erases_one) {
  const redis_process server;
  replica one{server};
  ASSERT_TRUE(one.store(entry(1)));
  ASSERT_TRUE(one.store(entry(2)));
  one.tier().erase(entry(1).name);
  one.tier().erase(entry(9).name); // never there
  ASSERT_TRUE(eventually([&] { return !one.find(entry(1).name); }));
  EXPECT_TRUE(one.find(entry(2).name));
  EXPECT_TRUE(eventually([&] { return one.tier().stats().erased == 1; }));
}

TEST(redis_tier, stores_no_bytes_that_are_no_entry_and_none_that_are_too_large) {
  const redis_process server;
  tier_options options = patient(server.url());
  options.value_bytes_max = 2'000;
  replica one{options};
  one.tier().store(entry(1).name, "garbage", 1h);
  one.tier().store(entry(1).name, "", 1h);
  const sealed large = entry(2, "acme", 4'000);
  ASSERT_GT(large.bytes.size(), 2'000U);
  one.tier().store(large.name, large.bytes, 1h);
  EXPECT_EQ(one.tier().stats().dropped, 3U);
  ASSERT_TRUE(one.store(entry(3)));
  EXPECT_EQ(server.ask({"DBSIZE"}).integer, 1);
}

TEST(redis_tier, a_large_entry_comes_whole) {
  const redis_process server;
  replica one{server};
  const sealed large = entry(2, "acme", 8U << 20U);
  ASSERT_GT(large.bytes.size(), 3U << 20U);
  ASSERT_TRUE(one.store(large));
  EXPECT_TRUE(one.find(large.name) == large.bytes);
}

TEST(redis_tier, after_its_end_everything_is_a_miss) {
  const redis_process server;
  replica one{server};
  ASSERT_TRUE(one.store(entry(1)));
  one.tier().stop();
  one.tier().stop();
  EXPECT_FALSE(one.find(entry(1).name));
  one.tier().store(entry(2).name, entry(2).bytes, 1h);
  one.tier().erase(entry(1).name);
  EXPECT_FALSE(one.erase_where({}));
  EXPECT_FALSE(one.for_each([](const auto&, auto) { return true; }));
  EXPECT_TRUE(eventually([&] { return one.tier().stats().dropped >= 3; }));
  EXPECT_FALSE(one.tier().stats().available);
  EXPECT_EQ(server.ask({"DBSIZE"}).integer, 1);
}

TEST(redis_tier, stops_while_finds_are_under_way) {
  const redis_process server;
  replica one{server};
  ASSERT_TRUE(one.store(entry(1)));
  server.signal(SIGSTOP);
  std::vector<std::future<std::optional<std::string>>> waiting;
  std::atomic<int> begun = 0;
  for (int i = 0; i < 50; ++i) {
    waiting.push_back(std::async(std::launch::async, [&] {
      ++begun;
      return one.find(entry(1).name);
    }));
  }
  ASSERT_TRUE(eventually([&] { return begun == 50; }));
  one.tier().stop();
  for (auto& each : waiting) {
    EXPECT_FALSE(each.get());
  }
  server.signal(SIGCONT);
}

TEST(redis_tier, databases_do_not_meet) {
  const redis_process server;
  replica zero{patient(server.url())};
  replica three{patient(server.url() + "/3")};
  ASSERT_TRUE(zero.listens() && three.listens());
  ASSERT_TRUE(zero.store(entry(1)));
  ASSERT_TRUE(three.store(entry(2)));
  EXPECT_FALSE(three.find(entry(1).name));
  EXPECT_FALSE(zero.find(entry(2).name));
  EXPECT_EQ(server.ask({"PUBSUB", "NUMSUB", "iflow:1:news:3"}).elements[1].integer, 1);
  EXPECT_EQ(three.tier().news_heard().heard, 0U);
}

TEST(redis_tier, erases_what_a_filter_means) {
  const redis_process server;
  replica one{server};
  for (std::uint64_t i = 0; i < 50; ++i) {
    ASSERT_TRUE(one.store(entry(i, i < 30 ? "acme" : "other")));
  }
  server.ask({"SET", "iflow:1:e:not-one-of-ours", "x"});
  server.ask({"SET", "somebody:else", "x"});
  server.ask({"SET", key_in_redis(entry(1'000)), "tampered beyond reading"});
  EXPECT_EQ(one.erase_where({.model = "even-model", .tenant = "acme"}).value(), 15U);
  EXPECT_EQ(one.erase_where({.glob = "acme/chat/odd-model/*"}).value(), 15U);
  EXPECT_EQ(one.erase_where({.tenant = "nobody"}).value(), 0U);
  EXPECT_EQ(server.ask({"DBSIZE"}).integer, 23);
  EXPECT_EQ(one.erase_where({}).value(), 21U);  // what cannot be read goes with everything
  EXPECT_EQ(server.ask({"DBSIZE"}).integer, 2); // what is not the tier's stays
  EXPECT_EQ(one.tier().stats().erased, 51U);
  const auto refused = one.erase_where({.tenant = std::string(1'025, 'x')});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, error_kind::invalid_request);
}

TEST(redis_tier, visits_everything_once_and_leaves_out_what_nobody_can_read) {
  const redis_process server;
  tier_options options = patient(server.url());
  options.redis.reply_bytes_max = 100'000;
  replica one{options};
  std::set<std::string> expected;
  for (std::uint64_t i = 0; i < 200; ++i) {
    ASSERT_TRUE(one.store(entry(i)));
    expected.insert(entry(i).bytes);
  }
  server.ask({"RPUSH", key_in_redis(entry(1'000)), "a list"});
  const std::string huge(200'000, 'x');
  server.ask({"SET", key_in_redis(entry(1'001)), huge});
  std::set<std::string> seen;
  const auto visited = one.for_each([&seen](const cache::entry_name&, std::string_view bytes) {
    EXPECT_TRUE(seen.emplace(bytes).second);
    return true;
  });
  ASSERT_TRUE(visited) << visited.error().message;
  EXPECT_EQ(*visited, 200U);
  EXPECT_EQ(seen, expected);
  int calls = 0;
  EXPECT_EQ(one.for_each([&calls](const auto&, auto) { return ++calls < 7; }).value(), 7U);
}

TEST(redis_tier, walks_are_bounded_and_say_so) {
  const redis_process server;
  tier_options options = patient(server.url());
  options.walk_entries_max = 10;
  replica one{options};
  for (std::uint64_t i = 0; i < 25; ++i) {
    ASSERT_TRUE(one.store(entry(i)));
  }
  int calls = 0;
  const auto some = one.for_each([&calls](const auto&, auto) { return ++calls > 0; });
  ASSERT_FALSE(some);
  EXPECT_EQ(some.error().kind, error_kind::unavailable);
  EXPECT_EQ(calls, 10);
  for (const std::int64_t left : {15, 5}) {
    EXPECT_FALSE(one.erase_where({}));
    EXPECT_EQ(server.ask({"DBSIZE"}).integer, left);
  }
  EXPECT_EQ(one.erase_where({}).value(), 5U); // asked for often enough it is done
}

TEST(redis_tier, a_walk_that_breaks_off_keeps_what_it_has_visited) {
  redis_process server;
  replica one{server};
  for (std::uint64_t i = 0; i < 100; ++i) {
    ASSERT_TRUE(one.store(entry(i)));
  }
  int calls = 0;
  const auto broken = one.for_each([&](const auto&, auto) {
    if (++calls == 10) {
      server.kill();
    }
    return true;
  });
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().kind, error_kind::unavailable);
  EXPECT_GE(calls, 10);
  EXPECT_LT(calls, 100);
  EXPECT_FALSE(one.erase_where({}));
}

} // namespace
} // namespace inferenceflow::store::redis_tier
