// What becomes of callers when Redis is slow, gone, full, or something else altogether.
#include "store/redis/tests/odd_server.h"
#include "store/redis/tests/real_redis.h"

#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::redis {
namespace {

using namespace std::chrono_literals;
using testing_support::client_on_a_loop;
using testing_support::eventually;
using testing_support::odd_server;
using testing_support::patient_options;
using testing_support::redis_process;

TEST(fault, nobody_listens) {
  client_on_a_loop gateway{"redis://127.0.0.1:" + std::to_string(testing_support::free_port())};
  const auto refused = gateway.run({"GET", "k"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, error_kind::upstream_failed);
  const auto at_once = gateway.run({"GET", "k"});
  ASSERT_FALSE(at_once);
  EXPECT_GE(gateway.stats().connect_failures, 1U);
  EXPECT_EQ(gateway.stats().commands, 0U);
}

TEST(fault, a_host_that_does_not_exist_is_named) {
  client_on_a_loop gateway{"redis://:hunter2@no-such-host.invalid"};
  const auto refused = gateway.run({"GET", "k"}, 1, 30s);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("no-such-host.invalid:6379"), std::string::npos) << refused.error().message;
  EXPECT_EQ(refused.error().message.find("hunter2"), std::string::npos);
}

TEST(fault, a_stopped_server_costs_the_budget_and_late_answers_find_nobody) {
  const redis_process server;
  client_on_a_loop gateway{patient_options(server.url())};
  ASSERT_TRUE(gateway.run({"SET", "a", "1"}));
  ASSERT_TRUE(gateway.run({"SET", "b", "2"}));
  server.signal(SIGSTOP);
  for (int i = 0; i < 3; ++i) {
    const auto late = gateway.run({"GET", "a"}, 1, 20ms);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().kind, error_kind::upstream_timeout);
  }
  server.signal(SIGCONT);
  const auto found = gateway.run({"GET", "b"});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->text, "2");
  const statistics counts = gateway.stats();
  EXPECT_EQ(counts.timeouts, 3U);
  EXPECT_EQ(counts.late_replies, 3U);
  EXPECT_EQ(counts.connects, 1U);
}

TEST(fault, a_sleeping_or_pausing_server_is_no_different) {
  const redis_process server;
  client_on_a_loop gateway{patient_options(server.url())};
  ASSERT_TRUE(gateway.run({"SET", "a", "1"}));
  ASSERT_TRUE(gateway.run({"CLIENT", "PAUSE", "300"}, 0));
  EXPECT_EQ(gateway.run({"GET", "a"}, 1, 20ms).error().kind, error_kind::upstream_timeout);
  EXPECT_EQ(gateway.run({"GET", "a"})->text, "1");
  EXPECT_EQ(gateway.run({"DEBUG", "SLEEP", "0.3"}, 0, 20ms).error().kind, error_kind::upstream_timeout);
  EXPECT_EQ(gateway.run({"GET", "a"})->text, "1");
}

TEST(fault, too_many_late_answers_end_the_connection) {
  const redis_process server;
  options settings = patient_options(server.url());
  settings.late_max = 3;
  client_on_a_loop gateway{settings};
  ASSERT_TRUE(gateway.run({"SET", "a", "1"}));
  server.signal(SIGSTOP);
  for (int i = 0; i < 4; ++i) {
    EXPECT_FALSE(gateway.run({"GET", "a"}, 1, 20ms));
  }
  EXPECT_TRUE(eventually([&] { return gateway.stats().disconnects == 1; }));
  server.signal(SIGCONT);
  EXPECT_EQ(gateway.run({"GET", "a"})->text, "1");
  EXPECT_EQ(gateway.stats().connects, 2U);
}

TEST(fault, a_server_that_leaves_fired_commands_unanswered_is_given_up) {
  const redis_process server;
  options settings = patient_options(server.url());
  settings.answer_time_max = 100ms;
  client_on_a_loop gateway{settings};
  ASSERT_TRUE(gateway.run({"PING"}, 0));
  server.signal(SIGSTOP);
  ASSERT_TRUE(gateway.fire({"SET", "a", "1"}));
  EXPECT_TRUE(eventually([&] { return gateway.stats().disconnects == 1; }));
  EXPECT_EQ(gateway.stats().dropped, 1U);
  server.signal(SIGCONT);
}

TEST(fault, a_stopped_server_that_is_fed_does_not_fill_the_memory) {
  const redis_process server;
  options settings = patient_options(server.url());
  settings.unsent_bytes_max = 4'000'000;
  settings.late_max = 1'000;
  client_on_a_loop gateway{settings};
  ASSERT_TRUE(gateway.run({"PING"}, 0));
  server.signal(SIGSTOP);
  const std::string value(1'000'000, 'x');
  int accepted = 0;
  for (int i = 0; i < 100; ++i) {
    accepted += gateway.fire({"SET", "k", value}) ? 1 : 0;
  }
  EXPECT_LT(accepted, 50); // 4 MB here, 1 MB in flight, and what the kernel's buffers take
  EXPECT_GE(gateway.stats().dropped, 50U);
  EXPECT_FALSE(gateway.run({"GET", "k"}, 1, 20ms));
  server.signal(SIGCONT);
  EXPECT_TRUE(gateway.run({"GET", "k"}, 1, 30s)->text == value);
}

TEST(fault, the_breaker_opens_fails_at_once_and_closes_again) {
  const redis_process server;
  options settings = patient_options(server.url());
  settings.breaker = {.consecutive_failures = 3, .open_time = 200ms, .open_time_max = 200ms, .probe_time = 1'000ms};
  client_on_a_loop gateway{settings};
  ASSERT_TRUE(gateway.run({"SET", "a", "1"}));
  server.signal(SIGSTOP);
  ASSERT_TRUE(eventually([&] {
    const auto failed = gateway.run({"GET", "a"}, 1, 20ms);
    return !failed && failed.error().kind == error_kind::unavailable;
  }));
  const statistics open = gateway.stats();
  EXPECT_EQ(open.breakers_open, 1U);
  EXPECT_GE(open.refused, 1U);
  server.signal(SIGCONT);
  EXPECT_TRUE(eventually([&] { return gateway.run({"GET", "a"}).has_value(); }));
  EXPECT_TRUE(eventually([&] { return gateway.run({"GET", "a"}).has_value() && gateway.stats().breakers_open == 0; }));
}

TEST(fault, a_killed_server_fails_callers_and_is_found_again) {
  redis_process server;
  client_on_a_loop gateway{patient_options(server.url())};
  ASSERT_TRUE(gateway.run({"SET", "a", "1"}));
  server.kill();
  ASSERT_TRUE(eventually([&] { return gateway.stats().connected == 0; }));
  EXPECT_FALSE(gateway.run({"GET", "a"}));
  ASSERT_TRUE(gateway.fire({"SET", "kept", "2"})); // waits for the server to come back
  server.start();
  EXPECT_TRUE(eventually([&] {
    const auto found = gateway.run({"GET", "kept"});
    return found && found->text == "2";
  }));
  EXPECT_EQ(gateway.stats().dropped, 0U);
}

TEST(fault, what_was_fired_too_long_ago_is_dropped) {
  options settings = patient_options("redis://127.0.0.1:" + std::to_string(testing_support::free_port()));
  settings.fired_age_max = 50ms;
  client_on_a_loop gateway{settings};
  ASSERT_TRUE(gateway.fire({"SET", "a", "1"}));
  EXPECT_TRUE(eventually([&] { return gateway.stats().dropped == 1; }));
}

TEST(fault, a_full_server_still_answers) {
  const redis_process server{{"--maxmemory", "1500000", "--maxmemory-policy", "noeviction"}};
  client_on_a_loop gateway{patient_options(server.url())};
  const std::string value(200'000, 'x');
  result<reply> last = reply{};
  for (int i = 0; i < 20 && last; ++i) {
    last = gateway.run({"SET", "k" + std::to_string(i), value});
  }
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().kind, error_kind::unavailable);
  EXPECT_NE(last.error().message.find("OOM"), std::string::npos);
  EXPECT_TRUE(gateway.run({"GET", "nothing"}));
  ASSERT_TRUE(gateway.fire({"SET", "k", value}));
  EXPECT_TRUE(eventually([&] { return gateway.stats().errors == 2; }));
}

TEST(fault, passwords) {
  const redis_process server{{"--requirepass", "se@cret"}};
  const std::string host = "127.0.0.1:" + std::to_string(server.port());
  client_on_a_loop right{patient_options("redis://:se%40cret@" + host)};
  EXPECT_TRUE(right.run({"PING"}, 0));
  client_on_a_loop named{patient_options("redis://default:se%40cret@" + host)};
  EXPECT_TRUE(named.run({"PING"}, 0));
  client_on_a_loop wrong{patient_options("redis://:hunter2@" + host)};
  const auto refused = wrong.run({"PING"}, 0);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("WRONGPASS"), std::string::npos) << refused.error().message;
  EXPECT_EQ(refused.error().message.find("hunter2"), std::string::npos);
  client_on_a_loop none{patient_options("redis://" + host)};
  const auto missing = none.run({"PING"}, 0);
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("NOAUTH"), std::string::npos) << missing.error().message;
  EXPECT_EQ(none.stats().connects, 0U);
}

TEST(fault, a_server_that_is_something_else) {
  const odd_server junk{"HTTP/1.1 400 Bad Request\r\n\r\n", false};
  client_on_a_loop gateway{patient_options(junk.url())};
  const auto refused = gateway.run({"GET", "k"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, error_kind::upstream_failed);
  EXPECT_NE(refused.error().message.find("not a Redis answer"), std::string::npos) << refused.error().message;
}

TEST(fault, a_server_that_says_nothing) {
  const odd_server silent{"", false};
  options settings = patient_options(silent.url());
  settings.connect_timeout = 100ms;
  client_on_a_loop gateway{settings};
  EXPECT_EQ(gateway.run({"GET", "k"}, 1, 20ms).error().kind, error_kind::upstream_timeout);
  EXPECT_TRUE(eventually([&] { return gateway.stats().connect_failures >= 1; })); // the log-in has an end of its own
}

TEST(fault, a_server_that_stops_in_the_middle_of_an_answer) {
  const odd_server half{"+OK\r\n$100\r\nabc", true};
  client_on_a_loop gateway{patient_options(half.url())};
  const auto refused = gateway.run({"GET", "k"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, error_kind::upstream_failed);
  EXPECT_NE(refused.error().message.find("connection lost"), std::string::npos) << refused.error().message;
}

TEST(fault, a_server_that_answers_more_than_was_asked) {
  const odd_server chatty{"+OK\r\n+one\r\n+two\r\n", false};
  client_on_a_loop gateway{patient_options(chatty.url())};
  const auto refused = gateway.run({"GET", "k"});
  ASSERT_FALSE(refused); // "one" is not its answer
  EXPECT_NE(refused.error().message.find("more than it was asked"), std::string::npos) << refused.error().message;
}

TEST(fault, redirects_in_a_circle_have_an_end) {
  const std::uint16_t port = testing_support::free_port();
  const odd_server liar{"-MOVED 1 127.0.0.1:" + std::to_string(port) + "\r\n", false, true, port};
  client_on_a_loop gateway{patient_options(liar.url())};
  const auto refused = gateway.run({"GET", "k"});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("more than 5 redirects"), std::string::npos) << refused.error().message;
}

TEST(fault, whoever_leaves_half_way_disturbs_nobody) {
  const redis_process server;
  client_on_a_loop gateway{patient_options(server.url())};
  ASSERT_TRUE(gateway.run({"SET", "a", "1"}));
  server.signal(SIGSTOP);
  net::cancel_scope scope;
  auto ended = gateway.on_loop([&] {
    const auto what = get_command("a");
    auto task = gateway.redis().run(*what, 30s, &scope);
    return boost::asio::co_spawn(gateway.loop().context(), std::move(task), boost::asio::use_future);
  });
  ASSERT_TRUE(eventually([&] { return gateway.stats().commands == 2; }));
  gateway.on_loop([&] {
    scope.cancel();
    return true;
  });
  EXPECT_EQ(ended.get().error().kind, error_kind::cancelled);
  server.signal(SIGCONT);
  EXPECT_EQ(gateway.run({"GET", "a"})->text, "1");
  EXPECT_EQ(gateway.stats().late_replies, 1U);
}

TEST(fault, the_client_goes_while_callers_wait) {
  const redis_process server;
  server.signal(SIGSTOP);
  std::future<result<reply>> ended;
  {
    client_on_a_loop gateway{patient_options(server.url())};
    ended = gateway.on_loop([&] {
      const auto what = get_command("a");
      auto task = gateway.redis().run(*what, 30s);
      return boost::asio::co_spawn(gateway.loop().context(), std::move(task), boost::asio::use_future);
    });
    gateway.on_loop([&] {
      gateway.redis().stop();
      gateway.redis().stop();
      return true;
    });
    EXPECT_EQ(ended.get().error().kind, error_kind::unavailable);
    EXPECT_EQ(gateway.run({"GET", "a"}).error().kind, error_kind::unavailable);
    EXPECT_FALSE(gateway.fire({"SET", "a", "1"}));
  }
}

TEST(fault, the_loop_ends_while_callers_wait) {
  const redis_process server;
  server.signal(SIGSTOP);
  net::event_loop loop{0};
  client redis{loop, patient_options(server.url()), 1};
  const auto what = get_command("a");
  boost::asio::co_spawn(loop.context(), redis.run(*what, 30s), boost::asio::detached);
  redis.fire(*what);
  loop.context().run_for(100ms);
  SUCCEED(); // what is left is destroyed with the loop: the sanitizers look at this
}

} // namespace
} // namespace inferenceflow::redis
