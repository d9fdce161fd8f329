// Redis absent, stopped, killed, full, locked, or a cluster: no caller is failed.
#include "store/redis/tests/odd_server.h"
#include "store/redis/tests/three_nodes.h"
#include "store/redis_tier/tests/replica.h"

#include <gtest/gtest.h>

namespace inferenceflow::store::redis_tier {
namespace {

using namespace std::chrono_literals;

/// As in production, but for the breaker's pauses.
tier_options hasty(const std::string& url) {
  tier_options options;
  options.redis.target = redis::parse_address(url).value();
  options.redis.breaker.open_time_max = 250ms;
  options.redis.backoff_max = 100ms;
  return options;
}

/// Comes back after a failure: stores and finds something.
bool recovers(replica& one, std::uint64_t number) {
  return eventually([&] {
    one.tier().store(entry(number).name, entry(number).bytes, 1h);
    return one.find(entry(number).name) == entry(number).bytes;
  });
}

TEST(tier_fault, nobody_listens) {
  redis_process server;
  server.kill();
  replica one{hasty(server.url())};
  for (int i = 0; i < 200; ++i) {
    EXPECT_FALSE(one.find(entry(1).name));
    one.tier().store(entry(2).name, entry(2).bytes, 1h);
    one.tier().erase(entry(3).name);
  }
  EXPECT_FALSE(one.erase_where({}));
  EXPECT_FALSE(one.for_each([](const auto&, auto) { return true; }));
  const cache::tier_stats stats = one.tier().stats();
  EXPECT_EQ(stats.misses, 200U);
  EXPECT_GE(stats.errors + stats.dropped, 200U);
  EXPECT_EQ(stats.stored, 0U);
  EXPECT_GE(one.warnings().size(), 1U);
  EXPECT_LE(one.warnings().size(), 2U); // not one per request
  server.start();
  EXPECT_TRUE(recovers(one, 4));
  EXPECT_TRUE(one.listens());
  EXPECT_TRUE(eventually([&] { return one.tier().stats().available; }));
}

TEST(tier_fault, a_stopped_server_is_a_miss_and_then_left_alone) {
  const redis_process server;
  replica one{hasty(server.url())};
  ASSERT_TRUE(recovers(one, 1));
  server.signal(SIGSTOP);
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(one.find(entry(1).name));
    one.tier().store(entry(2).name, entry(2).bytes, 1h);
  }
  const cache::tier_stats stats = one.tier().stats();
  EXPECT_GE(stats.errors, 8U);   // those that waited
  EXPECT_GE(stats.dropped, 20U); // those that did not, behind the breaker
  server.signal(SIGCONT);
  EXPECT_TRUE(recovers(one, 3));
  EXPECT_TRUE(eventually([&] { return one.find(entry(2).name).has_value(); })); // what was fired went through
}

TEST(tier_fault, a_killed_server_loses_entries_and_nothing_else) {
  redis_process server;
  replica one{hasty(server.url())};
  ASSERT_TRUE(recovers(one, 1));
  server.kill();
  for (int i = 0; i < 50; ++i) {
    EXPECT_FALSE(one.find(entry(1).name));
  }
  server.start();
  EXPECT_TRUE(recovers(one, 2));
  EXPECT_FALSE(one.find(entry(1).name));
}

TEST(tier_fault, a_full_server_still_answers) {
  const redis_process server;
  replica one{server};
  replica two{server};
  ASSERT_TRUE(one.listens() && two.listens());
  ASSERT_TRUE(one.store(entry(1)));
  ASSERT_TRUE(eventually([&] { return two.told("stored") == 1; }));
  server.ask({"CONFIG", "SET", "maxmemory", "1"});
  for (std::uint64_t i = 10; i < 110; ++i) {
    one.tier().store(entry(i).name, entry(i).bytes, 1h);
    EXPECT_TRUE(one.find(entry(1).name));
  }
  EXPECT_TRUE(eventually([&] { return one.tier().stats().errors == 100; }));
  EXPECT_EQ(one.tier().stats().stored, 1U);
  EXPECT_EQ(two.told("stored"), 1U); // nobody is told of what is not there
  server.ask({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_TRUE(recovers(one, 200));
}

TEST(tier_fault, a_wrong_password_is_said_once_and_never_shown) {
  const redis_process server{{"--requirepass", "right-one"}};
  tier_options options = hasty("redis://:hunter2@127.0.0.1:" + std::to_string(server.port()));
  options.redis.connect_timeout = 10s;
  replica one{options};
  ASSERT_TRUE(eventually([&] { return !one.warnings().empty(); })); // before any request
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(one.find(entry(1).name));
  }
  std::size_t speaking = 0;
  for (const std::string& warning : one.warnings()) {
    speaking += warning.find("AUTH") != std::string::npos ? 1U : 0U;
    EXPECT_EQ(warning.find("hunter2"), std::string::npos);
  }
  EXPECT_EQ(speaking, 1U);
  EXPECT_EQ(one.tier().stats().misses, 100U);
}

TEST(tier_fault, a_replica_that_only_reads) {
  const redis_process master{{"--repl-diskless-sync-delay", "0"}};
  const redis_process reads{{"--replicaof", "127.0.0.1", std::to_string(master.port())}};
  replica writer{master};
  ASSERT_TRUE(writer.store(entry(1)));
  replica one{reads};
  ASSERT_TRUE(eventually([&] { return one.find(entry(1).name).has_value(); }));
  one.tier().store(entry(2).name, entry(2).bytes, 1h);
  one.tier().erase(entry(1).name);
  EXPECT_TRUE(eventually([&] { return one.tier().stats().errors >= 2; }));
  EXPECT_FALSE(one.erase_where({}));
  EXPECT_TRUE(one.find(entry(1).name));
}

TEST(tier_fault, a_value_of_another_kind_or_size_is_a_miss) {
  const redis_process server;
  tier_options options = patient(server.url());
  options.redis.reply_bytes_max = 100'000;
  replica one{options};
  ASSERT_TRUE(one.store(entry(1)));
  server.ask({"RPUSH", "iflow:1:e:" + cache::to_hex(entry(2).name), "a list"});
  const std::string huge(200'000, 'x');
  server.ask({"SET", "iflow:1:e:" + cache::to_hex(entry(3).name), huge});
  EXPECT_FALSE(one.find(entry(2).name));
  EXPECT_FALSE(one.find(entry(3).name));
  EXPECT_TRUE(eventually([&] { return one.find(entry(1).name).has_value(); }));
  EXPECT_GE(one.tier().stats().errors, 2U);
}

TEST(tier_fault, a_server_that_is_something_else) {
  const redis::testing_support::odd_server junk{"HTTP/1.1 400 Bad Request\r\n\r\n", true};
  replica one{hasty(junk.url())};
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(one.find(entry(1).name));
  }
  EXPECT_FALSE(one.for_each([](const auto&, auto) { return true; }));
}

TEST(tier_fault, a_cluster_of_three_is_one_cache) {
  redis::testing_support::three_nodes nodes;
  replica one{patient(nodes.url_of_all())};
  replica two{patient(nodes.nodes[1]->url())}; // learns of the others
  ASSERT_TRUE(one.listens() && two.listens());
  for (std::uint64_t i = 0; i < 90; ++i) {
    ASSERT_TRUE(one.store(entry(i, i < 60 ? "acme" : "other")));
  }
  ASSERT_TRUE(eventually([&] { return two.tier().news_heard().fetched == 90; }));
  for (const auto& node : nodes.nodes) {
    EXPECT_GT(node->ask({"DBSIZE"}).integer, 10);
  }
  EXPECT_TRUE(two.find(entry(5).name));
  std::size_t seen = 0;
  EXPECT_EQ(two.for_each([&seen](const auto&, auto) { return ++seen > 0; }).value(), 90U);
  EXPECT_EQ(two.erase_where({.tenant = "acme"}).value(), 60U);
  EXPECT_TRUE(eventually([&] { return one.told("erased_where acme") == 1; }));
  EXPECT_FALSE(one.find(entry(5).name));
  EXPECT_EQ(one.for_each([](const auto&, auto) { return true; }).value(), 30U);
  nodes.nodes[0]->kill();
  for (std::uint64_t i = 0; i < 90; ++i) {
    static_cast<void>(one.find(entry(i).name)); // some are there, some are not, none fails
  }
  EXPECT_FALSE(one.erase_where({}));
}

} // namespace
} // namespace inferenceflow::store::redis_tier
