#include "store/redis/subscriber.h"
#include "store/redis/tests/odd_server.h"
#include "store/redis/tests/real_redis.h"

#include <gtest/gtest.h>
#include <mutex>
#include <string>
#include <vector>

namespace inferenceflow::redis {
namespace {

using namespace std::chrono_literals;
using testing_support::eventually;
using testing_support::patient_options;
using testing_support::redis_process;

/// A subscriber on a loop, and what it told.
class listening {
public:
  explicit listening(const std::string& url) {
    subscription_events events{
        .on_message =
            [this](std::string_view message) {
              const std::lock_guard lock{mutex_};
              told_.emplace_back(message);
            },
        .on_gap =
            [this](bool first) {
              const std::lock_guard lock{mutex_};
              told_.emplace_back(first ? "<first>" : "<again>");
            },
    };
    heard_ = std::make_unique<subscriber>(loop_, patient_options(url), "news", std::move(events), 1);
    heard_->start();
    loop_.start();
  }
  ~listening() {
    std::promise<void> gone;
    boost::asio::post(loop_.context(), [&] {
      heard_.reset();
      gone.set_value();
    });
    gone.get_future().wait();
  }
  listening(const listening&) = delete;
  listening& operator=(const listening&) = delete;

  bool told(const std::vector<std::string>& expected) {
    const bool as_expected = eventually([&] {
      const std::lock_guard lock{mutex_};
      return told_ == expected;
    });
    const std::lock_guard lock{mutex_};
    EXPECT_EQ(told_, expected);
    return as_expected;
  }
  std::size_t count() {
    const std::lock_guard lock{mutex_};
    return told_.size();
  }

private:
  net::event_loop loop_{0};
  std::mutex mutex_;
  std::vector<std::string> told_;
  std::unique_ptr<subscriber> heard_;
};

TEST(subscriber, hears_its_channel_and_says_when_it_may_have_missed_something) {
  redis_process server;
  listening replica{server.url()};
  ASSERT_TRUE(replica.told({"<first>"}));
  const std::string odd{"\0\r\n", 3};
  server.ask({"PUBLISH", "news", "one"});
  server.ask({"PUBLISH", "other", "not for us"});
  server.ask({"PUBLISH", "news", odd});
  ASSERT_TRUE(replica.told({"<first>", "one", odd}));
  server.kill();
  server.start();
  ASSERT_TRUE(replica.told({"<first>", "one", odd, "<again>"}));
  server.ask({"PUBLISH", "news", "two"});
  EXPECT_TRUE(replica.told({"<first>", "one", odd, "<again>", "two"}));
}

TEST(subscriber, waits_for_a_server_that_is_not_there_yet) {
  redis_process server;
  server.kill();
  listening replica{server.url()};
  EXPECT_EQ(replica.count(), 0U);
  server.start();
  EXPECT_TRUE(replica.told({"<first>"}));
}

TEST(subscriber, goes_on_to_the_next_host) {
  const redis_process server;
  const std::string nobody = "127.0.0.1:" + std::to_string(testing_support::free_port());
  listening replica{"redis://" + nobody + ",127.0.0.1:" + std::to_string(server.port())};
  EXPECT_TRUE(replica.told({"<first>"}));
}

TEST(subscriber, hears_what_a_client_fires) {
  const redis_process server;
  listening replica{server.url()};
  ASSERT_TRUE(replica.told({"<first>"}));
  testing_support::client_on_a_loop gateway{server.url()};
  ASSERT_TRUE(gateway.fire({"PUBLISH", "news", "erased"}));
  EXPECT_TRUE(replica.told({"<first>", "erased"}));
}

TEST(subscriber, survives_a_server_that_is_something_else) {
  const testing_support::odd_server junk{"HTTP/1.1 400 Bad Request\r\n\r\n", true};
  const listening replica{junk.url()};
  std::this_thread::sleep_for(50ms); // some rounds of it
}

} // namespace
} // namespace inferenceflow::redis
