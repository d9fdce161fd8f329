// Two tiers on one server: what they tell each other, and what nobody else can tell them.
#include "store/redis/subscriber.h"
#include "store/redis_tier/tests/replica.h"

#include <gtest/gtest.h>

namespace inferenceflow::store::redis_tier {
namespace {

using namespace std::chrono_literals;

constexpr const char* k_channel = "iflow:1:news";

/// Messages on the channel, as somebody with access to Redis sees them.
class eavesdropper {
public:
  explicit eavesdropper(const redis_process& server) {
    redis::subscription_events events{
        .on_message =
            [this](std::string_view message) {
              const std::lock_guard lock{mutex_};
              heard_.emplace_back(message);
            },
        .on_gap = [this](bool) { ready_ = true; },
    };
    subscriber_ = std::make_unique<redis::subscriber>(loop_, redis::testing_support::patient_options(server.url()),
                                                      k_channel, std::move(events), 1);
    subscriber_->start();
    loop_.start();
    EXPECT_TRUE(eventually([&] { return ready_.load(); }));
  }
  ~eavesdropper() {
    std::promise<void> gone;
    boost::asio::post(loop_.context(), [&] {
      subscriber_.reset();
      gone.set_value();
    });
    gone.get_future().wait();
  }
  eavesdropper(const eavesdropper&) = delete;
  eavesdropper& operator=(const eavesdropper&) = delete;
  std::vector<std::string> heard(std::size_t count) {
    EXPECT_TRUE(eventually([&] {
      const std::lock_guard lock{mutex_};
      return heard_.size() >= count;
    }));
    const std::lock_guard lock{mutex_};
    return heard_;
  }

private:
  net::event_loop loop_{9};
  std::mutex mutex_;
  std::atomic<bool> ready_{false};
  std::vector<std::string> heard_;
  std::unique_ptr<redis::subscriber> subscriber_;
};

TEST(tier_news, a_stored_entry_comes_to_the_other_replica_with_its_bytes) {
  const redis_process server;
  replica one{patient(server.url()), 2};
  replica two{patient(server.url()), 2};
  ASSERT_TRUE(one.listens() && two.listens());
  const sealed what = entry(1);
  ASSERT_TRUE(one.store(what));
  ASSERT_TRUE(eventually([&] { return two.told_of(what.name) == what.bytes; }));
  EXPECT_EQ(one.told("stored"), 0U); // knows already
  const sealed anew = entry(1, "acme", 500);
  ASSERT_TRUE(two.store(anew));
  EXPECT_TRUE(eventually([&] { return one.told_of(what.name) == anew.bytes; }));
  EXPECT_EQ(two.tier().news_heard().fetched, 1U);
  EXPECT_EQ(two.tier().news_heard().heard, 1U);
}

TEST(tier_news, erasures_reach_the_other_memory) {
  const redis_process server;
  replica one{server};
  replica two{server};
  ASSERT_TRUE(one.listens() && two.listens());
  ASSERT_TRUE(one.store(entry(1)));
  one.tier().erase(entry(1).name);
  ASSERT_TRUE(eventually([&] { return two.told_of(entry(1).name) == "erased"; }));
  EXPECT_EQ(two.erase_where({.tenant = "acme"}).value(), 0U);
  ASSERT_TRUE(eventually([&] { return one.told("erased_where acme") == 1; })); // memory may hold what Redis has lost
  EXPECT_EQ(two.told("erased_where acme"), 0U);
}

TEST(tier_news, hundreds_arrive_or_are_counted) {
  const redis_process server;
  tier_options small = patient(server.url());
  small.news_waiting_max = 4;
  replica one{server};
  replica two{small};
  replica three{server};
  ASSERT_TRUE(one.listens() && two.listens() && three.listens());
  for (std::uint64_t i = 0; i < 400; ++i) {
    one.tier().store(entry(i).name, entry(i).bytes, 1h);
  }
  EXPECT_TRUE(eventually([&] { return three.tier().news_heard().fetched == 400; }));
  EXPECT_TRUE(eventually([&] {
    const news_counts counts = two.tier().news_heard();
    return counts.heard == 400 && counts.fetched + counts.dropped == 400;
  }));
  EXPECT_EQ(three.told("stored"), 400U);
}

TEST(tier_news, forged_repeated_and_foreign_messages_do_nothing) {
  const redis_process server;
  replica one{server};
  replica two{server};
  replica stranger{patient(server.url()), 1, "another master secret"};
  eavesdropper spy{server};
  ASSERT_TRUE(one.listens() && two.listens() && stranger.listens());
  ASSERT_EQ(one.erase_where({.tenant = "acme"}).value(), 0U);
  ASSERT_TRUE(eventually([&] { return two.told("erased_where acme") == 1; }));
  const std::string real = spy.heard(1)[0];
  server.ask({"PUBLISH", k_channel, real}); // again
  server.ask({"PUBLISH", k_channel, "erase everything"});
  server.ask({"PUBLISH", k_channel, ""});
  std::string changed = real;
  changed[10] = static_cast<char>(changed[10] + 1); // another number
  server.ask({"PUBLISH", k_channel, changed});
  const std::string flood(1'000'000, 'x');
  server.ask({"PUBLISH", k_channel, flood});
  ASSERT_EQ(stranger.erase_where({.tenant = "acme"}).value(), 0U);
  ASSERT_EQ(one.erase_where({.tenant = "last"}).value(), 0U);
  ASSERT_TRUE(eventually([&] { return two.told("erased_where last") == 1; }));
  EXPECT_EQ(two.told("erased_where acme"), 1U);
  const news_counts counts = two.tier().news_heard();
  EXPECT_EQ(counts.heard, 2U);
  EXPECT_EQ(counts.repeated, 1U);
  EXPECT_EQ(counts.forged, 5U);
  EXPECT_TRUE(eventually([&] { return stranger.tier().news_heard().forged >= 3; }));
  EXPECT_EQ(stranger.told("erased_where acme") + stranger.told("erased_where last"), 0U);
  ASSERT_EQ(two.warnings().size(), 1U);
  EXPECT_NE(two.warnings()[0].find("CACHE_SECRET"), std::string::npos);
}

TEST(tier_news, whoever_was_cut_off_is_told) {
  redis_process server;
  replica one{server};
  replica two{server};
  ASSERT_TRUE(one.listens() && two.listens());
  server.kill();
  server.start();
  ASSERT_TRUE(eventually([&] { return one.told("again") == 1 && two.told("again") == 1; }));
  ASSERT_TRUE(one.store(entry(1)));
  EXPECT_TRUE(eventually([&] { return two.told_of(entry(1).name) == entry(1).bytes; }));
  EXPECT_EQ(two.tier().news_heard().listenings, 2U);
}

TEST(tier_news, an_entry_that_is_gone_again_is_not_told) {
  const redis_process server;
  replica one{server};
  replica two{server};
  ASSERT_TRUE(one.listens() && two.listens());
  for (std::uint64_t i = 0; i < 100; ++i) { // in one breath, so that some are erased while they are being read
    one.tier().store(entry(i).name, entry(i).bytes, 1h);
    one.tier().erase(entry(i).name);
  }
  ASSERT_TRUE(eventually([&] { return two.told("erased") == 100; }));
  for (std::uint64_t i = 0; i < 100; ++i) {
    EXPECT_EQ(two.told_of(entry(i).name), "erased");
  }
}

} // namespace
} // namespace inferenceflow::store::redis_tier
