#include "store/redis/tests/real_redis.h"
#include "store/redis/tests/three_nodes.h"

#include <array>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace inferenceflow::redis {
namespace {

using namespace std::chrono_literals;
using testing_support::client_on_a_loop;
using testing_support::eventually;
using testing_support::patient_options;
using testing_support::three_nodes;

class a_cluster : public testing::Test {
protected:
  static void SetUpTestSuite() { shared_ = std::make_unique<three_nodes>(); }
  static void TearDownTestSuite() { shared_.reset(); }
  void SetUp() override {
    for (const auto& each : shared_->nodes) {
      each->ask({"FLUSHALL"});
    }
  }
  static three_nodes& cluster() { return *shared_; }

private:
  static std::unique_ptr<three_nodes> shared_;
};
std::unique_ptr<three_nodes> a_cluster::shared_;

TEST_F(a_cluster, takes_every_key_to_its_node) {
  client_on_a_loop gateway{patient_options(cluster().url_of_all())};
  std::array<std::size_t, 3> expected{};
  for (int i = 0; i < 300; ++i) {
    const std::string key = "key" + std::to_string(i);
    ASSERT_TRUE(gateway.run({"SET", key, "v" + std::to_string(i)}));
    ++expected[cluster().owner(key)];
  }
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(cluster().nodes[i]->ask({"DBSIZE"}).integer, static_cast<std::int64_t>(expected[i]));
    EXPECT_GT(expected[i], 50U);
  }
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(gateway.run({"GET", "key" + std::to_string(i)})->text, "v" + std::to_string(i));
  }
  const statistics counts = gateway.stats();
  EXPECT_EQ(counts.nodes, 3U);
  EXPECT_LT(counts.redirects, 50U); // until the slots are learnt, commands go to the first seed
}

TEST_F(a_cluster, is_found_out_from_one_node_of_it) {
  client_on_a_loop gateway{patient_options(cluster().nodes[0]->url())};
  for (int i = 0; i < 30; ++i) {
    ASSERT_TRUE(gateway.run({"SET", "key" + std::to_string(i), "v"}));
  }
  EXPECT_TRUE(eventually([&] { return gateway.stats().nodes == 3; }));
  const std::uint64_t redirects = gateway.stats().redirects;
  EXPECT_GE(redirects, 1U);
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(gateway.run({"GET", "key" + std::to_string(i)})->text, "v");
  }
  EXPECT_EQ(gateway.stats().redirects, redirects);
}

TEST_F(a_cluster, what_is_fired_follows_redirects_too) {
  client_on_a_loop gateway{patient_options(cluster().url_of_all())};
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(gateway.fire({"SET", "key" + std::to_string(i), "v"}));
  }
  EXPECT_TRUE(eventually([&] {
    std::int64_t stored = 0;
    for (const auto& each : cluster().nodes) {
      stored += each->ask({"DBSIZE"}).integer;
    }
    return stored == 100;
  }));
  EXPECT_GT(gateway.stats().redirects, 0U);
  EXPECT_EQ(gateway.stats().errors, 0U);
}

TEST_F(a_cluster, gets_many_and_scans_all_nodes) {
  client_on_a_loop gateway{patient_options(cluster().url_of_all())};
  std::vector<std::string> keys;
  for (int i = 0; i < 300; ++i) {
    keys.push_back("p:" + std::to_string(i));
    ASSERT_TRUE(gateway.run({"SET", keys.back(), "v" + std::to_string(i)}));
    ASSERT_TRUE(gateway.run({"SET", "q:" + std::to_string(i), "v"}));
  }
  client_on_a_loop fresh{patient_options(cluster().url_of_all())}; // knows no slots yet
  const auto found = fresh.wait<std::vector<result<reply>>>([&] { return fresh.redis().get_many(keys, 10s); });
  for (std::size_t i = 0; i < keys.size(); ++i) {
    ASSERT_TRUE(found[i]) << found[i].error().message;
    EXPECT_EQ(found[i]->text, "v" + std::to_string(i));
  }
  client_on_a_loop other{patient_options(cluster().url_of_all())};
  std::set<std::string> seen;
  const auto done = other.wait<result<void>>([&] {
    return other.redis().scan("p:", 50, 5s, [&seen](std::span<const std::string_view> some) {
      seen.insert(some.begin(), some.end());
      return true;
    });
  });
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(seen, (std::set<std::string>{keys.begin(), keys.end()}));
}

TEST_F(a_cluster, ask_is_followed_once_and_moved_for_good) {
  client_on_a_loop gateway{patient_options(cluster().url_of_all())};
  const std::string key = "{wanders}1";
  ASSERT_TRUE(gateway.run({"SET", key, "old"}));
  ASSERT_TRUE(eventually([&] { return gateway.stats().nodes == 3; }));
  const std::size_t from = cluster().owner(key);
  const std::size_t to = (from + 1) % 3;
  const std::string slot = std::to_string(slot_of(key));
  const std::string to_id = cluster().id(to);
  cluster().nodes[to]->ask({"CLUSTER", "SETSLOT", slot, "IMPORTING", cluster().id(from)});
  cluster().nodes[from]->ask({"CLUSTER", "SETSLOT", slot, "MIGRATING", to_id});

  // A key that the old owner has is answered by it; one that it has not is asked for at the new one.
  EXPECT_EQ(gateway.run({"GET", key})->text, "old");
  ASSERT_TRUE(gateway.run({"SET", "{wanders}2", "new"}));
  EXPECT_EQ(gateway.run({"GET", "{wanders}2"})->text, "new");
  EXPECT_EQ(cluster().nodes[from]->ask({"DBSIZE"}).integer, 1);
  EXPECT_EQ(cluster().nodes[to]->ask({"DBSIZE"}).integer, 1);
  const std::uint64_t asked = gateway.stats().redirects;
  EXPECT_GE(asked, 2U);

  cluster().nodes[from]->ask({"MIGRATE", "127.0.0.1", std::to_string(cluster().nodes[to]->port()), key, "0", "5000"});
  for (const std::size_t i : {to, from, 3 - from - to}) {
    cluster().nodes[i]->ask({"CLUSTER", "SETSLOT", slot, "NODE", to_id});
  }
  EXPECT_EQ(gateway.run({"GET", key})->text, "old"); // the map is old: MOVED
  EXPECT_EQ(gateway.run({"GET", "{wanders}2"})->text, "new");
  EXPECT_EQ(gateway.stats().redirects, asked + 1);

  for (const std::size_t i : {from, to, 3 - from - to}) { // as it was, for the other tests
    cluster().nodes[i]->ask({"FLUSHALL"});
  }
  for (const std::size_t i : {from, to, 3 - from - to}) {
    cluster().nodes[i]->ask({"CLUSTER", "SETSLOT", slot, "NODE", cluster().id(from)});
  }
}

TEST_F(a_cluster, a_node_that_is_gone_takes_only_its_keys_with_it) {
  std::map<std::size_t, std::string> keys;
  for (int i = 0; keys.size() < 3; ++i) {
    keys.emplace(cluster().owner("k" + std::to_string(i)), "k" + std::to_string(i));
  }
  client_on_a_loop gateway{patient_options(cluster().url_of_all())};
  for (const auto& [node, key] : keys) {
    ASSERT_TRUE(gateway.run({"SET", key, "v"}));
  }
  ASSERT_TRUE(eventually([&] { return gateway.stats().nodes == 3; }));
  cluster().nodes[0]->signal(SIGSTOP);
  EXPECT_FALSE(gateway.run({"GET", keys[0]}, 1, 50ms));
  EXPECT_EQ(gateway.run({"GET", keys[1]})->text, "v");
  EXPECT_EQ(gateway.run({"GET", keys[2]})->text, "v");
  cluster().nodes[0]->signal(SIGCONT);
  EXPECT_TRUE(eventually([&] {
    const auto found = gateway.run({"GET", keys[0]});
    return found && found->text == "v";
  }));
}

} // namespace
} // namespace inferenceflow::redis
