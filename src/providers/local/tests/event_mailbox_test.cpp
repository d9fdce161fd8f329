#include "providers/local/event_mailbox.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

namespace inferenceflow::providers::local {
namespace {

using box = event_mailbox<int>;

class event_mailbox_test : public ::testing::Test {
protected:
  // Runs `reader` to its end on the loop.
  template <class Reader> void run(Reader reader) {
    boost::asio::co_spawn(context_, std::move(reader), boost::asio::detached);
    context_.run();
  }

  boost::asio::io_context context_;
  std::shared_ptr<box> mailbox_ = std::make_shared<box>(context_.get_executor());
};

TEST_F(event_mailbox_test, events_cross_threads_in_order) {
  std::vector<int> seen;
  std::thread producer;
  run([&]() -> net::task<void> {
    producer = std::thread([this] {
      for (int i = 0; i < 1000; ++i) {
        mailbox_->push(int{i});
      }
    });
    while (seen.size() < 1000) {
      const auto some = co_await mailbox_->take();
      seen.insert(seen.end(), some.begin(), some.end());
    }
  });
  producer.join();
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(seen[static_cast<std::size_t>(i)], i);
  }
}

TEST_F(event_mailbox_test, abort_ends_the_wait) {
  bool ended = false;
  run([&]() -> net::task<void> {
    boost::asio::post(context_, [this] { mailbox_->abort(); });
    const auto none = co_await mailbox_->take();
    ended = none.empty() && mailbox_->aborted();
  });
  EXPECT_TRUE(ended);
}

TEST_F(event_mailbox_test, abort_before_the_wait_counts) {
  bool ended = false;
  mailbox_->abort();
  mailbox_->push(1);
  run([&]() -> net::task<void> {
    const auto none = co_await mailbox_->take();
    ended = none.empty();
  });
  EXPECT_TRUE(ended);
}

TEST_F(event_mailbox_test, after_close_nothing_is_kept_or_posted) {
  mailbox_->close();
  mailbox_->push(1);
  EXPECT_EQ(context_.poll(), 0U);
}

} // namespace
} // namespace inferenceflow::providers::local
