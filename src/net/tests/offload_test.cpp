#include "net/offload.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <future>
#include <gtest/gtest.h>

namespace inferenceflow::net {
namespace {

/// Waits for `work` and keeps what came of it. @param held  lives as long as the coroutine.
task<void> await_work(offload& from, std::function<result<int>()> work, std::shared_ptr<int> held, int& into) {
  const auto got = co_await from.run(work);
  into = got ? *got + *held : -1;
}

TEST(offload, gives_the_result_to_the_loop_that_asked) {
  boost::asio::io_context loop;
  offload aside;
  int got = 0;
  boost::asio::co_spawn(loop,
                        await_work(
                            aside, [] { return result<int>{7}; }, std::make_shared<int>(1), got),
                        boost::asio::detached);
  loop.run();
  EXPECT_EQ(got, 8);
}

TEST(offload, a_loop_that_ends_before_the_work_frees_who_waits) {
  std::promise<void> go_on;
  const auto held = std::make_shared<int>(1);
  int got = 0;
  {
    boost::asio::io_context loop;
    {
      offload aside;
      const std::function<result<int>()> work = [&go_on] {
        go_on.get_future().wait();
        return result<int>{7};
      };
      boost::asio::co_spawn(loop, await_work(aside, work, held, got), boost::asio::detached);
      loop.poll();
      EXPECT_GT(held.use_count(), 1);
      go_on.set_value();
    } // the work is done, and nobody runs the loop any more
  }
  EXPECT_EQ(got, 0);
  EXPECT_EQ(held.use_count(), 1);
}

} // namespace
} // namespace inferenceflow::net
