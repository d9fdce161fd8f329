// Callers never stop while the server is paused, killed, filled and brought back: each gets its own value or an error,
// and none waits for ever.
#include "store/redis/tests/real_redis.h"

#include <array>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::redis {
namespace {

using namespace std::chrono_literals;
using testing_support::client_on_a_loop;
using testing_support::eventually;
using testing_support::patient_options;
using testing_support::redis_process;

struct tally {
  bool stop = false;
  int callers = 0;
  int right = 0;
  int absent = 0;
  int wrong = 0;
  std::array<int, 3> errors{}; ///< timed out, failed, unavailable
  int other_errors = 0;
};

std::string value_of(const std::string& key) {
  return "value of " + key + std::string(key.size() * 700 % 9'000, '.');
}

void count(tally& seen, const result<reply>& found, const std::string& expected) {
  if (!found) {
    switch (found.error().kind) {
    case error_kind::upstream_timeout: ++seen.errors[0]; break;
    case error_kind::upstream_failed: ++seen.errors[1]; break;
    case error_kind::unavailable: ++seen.errors[2]; break;
    default: ++seen.other_errors;
    }
  } else if (found->is(reply_kind::nil)) {
    ++seen.absent;
  } else {
    ++(found->text == expected ? seen.right : seen.wrong);
  }
}

net::task<void> caller(net::event_loop& loop, client& redis, int number, tally& seen) {
  boost::asio::steady_timer pause{loop.context()};
  for (int turn = 0; !seen.stop; ++turn) {
    const std::string key = std::to_string(number) + ":" + std::to_string(turn % 7);
    const auto store = set_command(key, value_of(key), 1min);
    redis.fire(*store);
    const auto look = get_command(key);
    const result<reply> found = co_await redis.run(*look, 20ms);
    count(seen, found, value_of(key));
    pause.expires_after(1ms); // who is refused at once would leave the loop no time
    co_await pause.async_wait(boost::asio::deferred);
  }
  --seen.callers;
}

TEST(storm, everybody_gets_an_answer_of_their_own_or_an_error) {
  redis_process server;
  options settings = patient_options(server.url());
  settings.answer_time_max = 300ms;
  settings.late_max = 100;
  settings.breaker = {.consecutive_failures = 8, .open_time = 100ms, .open_time_max = 200ms, .probe_time = 1'000ms};
  client_on_a_loop gateway{settings};
  tally seen{.callers = 40};
  gateway.on_loop([&] {
    for (int i = 0; i < 40; ++i) {
      boost::asio::co_spawn(gateway.loop().context(), caller(gateway.loop(), gateway.redis(), i, seen),
                            boost::asio::detached);
    }
    return true;
  });
  const auto now = [&] { return gateway.on_loop([&] { return seen; }); };
  const auto works_again = [&] {
    const int before = now().right;
    EXPECT_TRUE(eventually([&] { return now().right > before + 100; }));
  };
  works_again();
  for (int round = 0; round < 3; ++round) {
    server.signal(SIGSTOP);
    std::this_thread::sleep_for(100ms);
    server.signal(SIGCONT);
    works_again();
    server.kill();
    std::this_thread::sleep_for(50ms);
    server.start();
    works_again();
    server.ask({"CONFIG", "SET", "maxmemory", "1"});
    std::this_thread::sleep_for(50ms);
    server.ask({"CONFIG", "SET", "maxmemory", "0"});
    server.ask({"CLIENT", "KILL", "TYPE", "normal"});
    works_again();
  }
  gateway.on_loop([&] { return seen.stop = true; });
  EXPECT_TRUE(eventually([&] { return now().callers == 0; })); // nobody waits for ever
  const tally all = now();
  EXPECT_EQ(all.wrong, 0);
  EXPECT_EQ(all.other_errors, 0);
  EXPECT_GT(all.errors[0] + all.errors[1] + all.errors[2], 0);
  EXPECT_GT(gateway.stats().disconnects, 0U);
}

} // namespace
} // namespace inferenceflow::redis
