#include "store/redis/tests/real_redis.h"

#include <atomic>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>
#include <set>
#include <string>
#include <vector>

namespace inferenceflow::redis {
namespace {

using namespace std::chrono_literals;
using testing_support::client_on_a_loop;
using testing_support::eventually;
using testing_support::patient_options;
using testing_support::redis_process;

TEST(client, writes_reads_and_erases) {
  const redis_process server;
  client_on_a_loop gateway{server.url()};
  EXPECT_EQ(gateway.stats().nodes, 0U); // nothing is connected before it is needed
  const std::string value{"\0\r\n$5\xff", 6};
  ASSERT_TRUE(gateway.run({"SET", "k", value, "PX", "60000"}));
  const auto found = gateway.run({"GET", "k"});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_TRUE(found->is(reply_kind::text));
  EXPECT_EQ(found->text, value);
  EXPECT_EQ(gateway.run({"UNLINK", "k"})->integer, 1);
  EXPECT_TRUE(gateway.run({"GET", "k"})->is(reply_kind::nil));
  const statistics counts = gateway.stats();
  EXPECT_EQ(counts.connects, 1U);
  EXPECT_EQ(counts.commands, 4U);
  EXPECT_EQ(counts.replies, 4U);
  EXPECT_EQ(counts.connected, 1U);
  EXPECT_GT(counts.bytes_received, 0U);
}

TEST(client, what_redis_refuses_is_an_error) {
  const redis_process server;
  client_on_a_loop gateway{server.url()};
  ASSERT_TRUE(gateway.run({"SET", "k", "v"}));
  const auto wrong = gateway.run({"LPUSH", "k", "x"});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().kind, error_kind::upstream_failed);
  EXPECT_NE(wrong.error().message.find("WRONGTYPE"), std::string::npos);
  EXPECT_EQ(gateway.stats().errors, 1U);
}

TEST(client, chooses_the_database_of_the_url) {
  const redis_process server;
  client_on_a_loop gateway{server.url() + "/3"};
  ASSERT_TRUE(gateway.run({"SET", "k", "v"}));
  EXPECT_TRUE(server.ask({"GET", "k"}).is(reply_kind::nil));
  client_on_a_loop beyond{server.url() + "/99"};
  const auto refused = beyond.run({"GET", "k"});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("database number"), std::string::npos) << refused.error().message;
}

net::task<void> get_into(client& redis, std::string key, std::atomic<int>& right, std::atomic<int>& ended) {
  const auto what = get_command(key);
  const result<reply> found = co_await redis.run(*what, 30s);
  right += found && found->text == "value of " + key ? 1 : 0;
  ++ended;
}

TEST(client, a_thousand_concurrent_gets_share_their_writes) {
  const redis_process server;
  client_on_a_loop gateway{patient_options(server.url())};
  for (int i = 0; i < 1'000; ++i) {
    const std::string key = "key" + std::to_string(i);
    ASSERT_TRUE(gateway.fire({"SET", key, "value of " + key}));
  }
  ASSERT_TRUE(eventually([&] { return gateway.stats().replies == 1'000; }));
  const statistics before = gateway.stats();
  std::atomic<int> right = 0;
  std::atomic<int> ended = 0;
  gateway.on_loop([&] {
    for (int i = 0; i < 1'000; ++i) {
      boost::asio::co_spawn(gateway.loop().context(),
                            get_into(gateway.redis(), "key" + std::to_string(i), right, ended), boost::asio::detached);
    }
    return true;
  });
  ASSERT_TRUE(eventually([&] { return ended == 1'000; }));
  EXPECT_EQ(right, 1'000);
  const statistics after = gateway.stats();
  EXPECT_EQ(after.commands - before.commands, 1'000U);
  EXPECT_LE(after.writes - before.writes, 100U);
  EXPECT_EQ(after.connects, 1U);
}

TEST(client, big_values_come_whole_and_bounds_hold) {
  const redis_process server;
  options settings = patient_options(server.url());
  settings.reply_bytes_max = 6'000'000;
  client_on_a_loop gateway{settings};
  std::string big(5'000'000, 'x');
  for (std::size_t i = 0; i < big.size(); i += 997) {
    big[i] = static_cast<char>('a' + i % 26);
  }
  ASSERT_TRUE(gateway.run({"SET", "big", big}));
  ASSERT_TRUE(gateway.run({"SET", "bigger", big + big}));
  EXPECT_TRUE(gateway.run({"GET", "big"})->text == big);
  const auto refused = gateway.run({"GET", "bigger"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, error_kind::upstream_failed);
  EXPECT_NE(refused.error().message.find("longer than 6000000"), std::string::npos) << refused.error().message;
  EXPECT_TRUE(eventually([&] { return gateway.run({"GET", "big"}).has_value(); })); // over a new connection
}

TEST(client, gets_many_at_once_in_the_order_of_the_keys) {
  const redis_process server;
  client_on_a_loop gateway{patient_options(server.url())};
  std::vector<std::string> keys;
  for (int i = 0; i < 500; ++i) {
    keys.push_back("k" + std::to_string(i));
    if (i % 3 == 0) {
      ASSERT_TRUE(gateway.fire({"SET", keys.back(), "v" + std::to_string(i)}));
    }
  }
  ASSERT_TRUE(gateway.fire({"LPUSH", "k1", "no text"}));
  const auto found = gateway.wait<std::vector<result<reply>>>([&] { return gateway.redis().get_many(keys, 10s); });
  ASSERT_EQ(found.size(), 500U);
  for (std::size_t i = 0; i < 500; ++i) {
    if (i == 1) {
      EXPECT_FALSE(found[i]);
      continue;
    }
    ASSERT_TRUE(found[i]) << found[i].error().message;
    EXPECT_EQ(found[i]->text, i % 3 == 0 ? "v" + std::to_string(i) : "");
    EXPECT_EQ(found[i]->is(reply_kind::nil), i % 3 != 0);
  }
  const std::vector<std::string> too_many(k_keys_max + 1, "k");
  const auto refused =
      gateway.wait<std::vector<result<reply>>>([&] { return gateway.redis().get_many(too_many, 10s); });
  ASSERT_EQ(refused.size(), too_many.size());
  EXPECT_EQ(refused.back().error().kind, error_kind::invalid_request);
}

TEST(client, scans_the_keys_of_a_prefix) {
  const redis_process server;
  client_on_a_loop gateway{patient_options(server.url())};
  std::set<std::string> expected;
  for (int i = 0; i < 1'000; ++i) {
    const std::string key = "a*[b]:" + std::to_string(i);
    expected.insert(key);
    ASSERT_TRUE(gateway.fire({"SET", key, "v"}));
    ASSERT_TRUE(gateway.fire({"SET", "ab:" + std::to_string(i), "v"})); // what the prefix would match as a pattern
  }
  ASSERT_TRUE(gateway.run({"PING"}, 0));
  std::set<std::string> found;
  const auto done = gateway.wait<result<void>>([&] {
    return gateway.redis().scan("a*[b]:", 100, 5s, [&found](std::span<const std::string_view> keys) {
      found.insert(keys.begin(), keys.end());
      return true;
    });
  });
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(found, expected);
  std::size_t rounds = 0;
  const auto ended = gateway.wait<result<void>>([&] {
    return gateway.redis().scan("a*[b]:", 100, 5s, [&rounds](std::span<const std::string_view>) {
      ++rounds;
      return false;
    });
  });
  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_EQ(rounds, 1U);
}

TEST(client, runs_many_commands_at_once_and_answers_each) {
  const redis_process server;
  client_on_a_loop gateway{patient_options(server.url())};
  ASSERT_TRUE(gateway.run({"SET", "text", "v"}));
  const std::vector<command> all{unlink_command("text").value(), unlink_command("nothing").value(),
                                 set_command("text", "w", 1min).value(), make_command({"LPUSH", "text", "x"}).value()};
  const auto done = gateway.wait<std::vector<result<reply>>>([&] { return gateway.redis().run_many(all, 10s); });
  ASSERT_EQ(done.size(), 4U);
  EXPECT_EQ(done[0]->integer, 1);
  EXPECT_EQ(done[1]->integer, 0);
  EXPECT_EQ(done[2]->text, "OK");
  EXPECT_FALSE(done[3]);
}

TEST(client, what_a_fired_command_is_refused_is_counted) {
  const redis_process server;
  client_on_a_loop gateway{patient_options(server.url())};
  ASSERT_TRUE(gateway.run({"SET", "text", "v"}));
  ASSERT_TRUE(gateway.fire({"LPUSH", "text", "x"}));
  EXPECT_TRUE(eventually([&] { return gateway.stats().fired_errors == 1; }));
  EXPECT_EQ(gateway.stats().errors, 1U);
}

TEST(client, a_full_queue_refuses_callers_and_drops_what_is_fired) {
  const redis_process server;
  options settings = patient_options(server.url());
  settings.fired_max = 10;
  client_on_a_loop gateway{settings};
  const auto what = set_command("k", "v", 1min);
  int accepted = 0;
  gateway.on_loop([&] {
    for (int i = 0; i < 25; ++i) { // the loop is busy here, so that nothing is written meanwhile
      accepted += gateway.redis().fire(*what) ? 1 : 0;
    }
    return true;
  });
  EXPECT_EQ(accepted, 10);
  EXPECT_EQ(gateway.stats().dropped, 15U);
  EXPECT_TRUE(gateway.run({"GET", "k"})); // who waits has a queue of his own
  EXPECT_TRUE(gateway.fire({"SET", "k", "v"}));
}

} // namespace
} // namespace inferenceflow::redis
