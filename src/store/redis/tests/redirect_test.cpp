#include "store/redis/backoff.h"
#include "store/redis/redirect.h"
#include "store/redis/reply.h"

#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::redis {
namespace {

using namespace std::chrono_literals;

const node_name k_from{"10.0.0.1", 7000};

TEST(redirect, reads_moved_and_ask) {
  const auto moved = parse_redirect("MOVED 3999 127.0.0.1:6381", k_from);
  ASSERT_TRUE(moved);
  EXPECT_FALSE(moved->ask);
  EXPECT_EQ(moved->slot, 3999);
  EXPECT_EQ(moved->to, (node_name{"127.0.0.1", 6381}));
  const auto ask = parse_redirect("ASK 16383 ::1:6381", k_from);
  ASSERT_TRUE(ask);
  EXPECT_TRUE(ask->ask);
  EXPECT_EQ(ask->to, (node_name{"::1", 6381}));
  EXPECT_EQ(parse_redirect("MOVED 1 :6382", k_from)->to, (node_name{"10.0.0.1", 6382})); // the same host
}

TEST(redirect, is_nothing_else) {
  for (const char* text : {"", "ERR MOVED 1 a:1", "MOVED", "MOVED ", "MOVED 1", "MOVED x a:1", "MOVED 16384 a:1",
                           "MOVED -1 a:1", "MOVED 1 a", "MOVED 1 a:", "MOVED 1 a:0", "MOVED 1 a:65536",
                           "MOVED 1 ?:6379", "MOVED 1 a b:1", "ASKING 1 a:1"}) {
    EXPECT_FALSE(parse_redirect(text, k_from)) << text;
  }
}

TEST(failure, codes_and_kinds) {
  EXPECT_EQ(failure_code("OOM command not allowed"), "OOM");
  EXPECT_EQ(failure_code("WRONGTYPE"), "WRONGTYPE");
  EXPECT_EQ(failure_code("weird thing"), "");
  EXPECT_EQ(error_of_failure("OOM command not allowed when used memory > 'maxmemory'.").kind, error_kind::unavailable);
  EXPECT_EQ(error_of_failure("WRONGTYPE Operation").kind, error_kind::upstream_failed);
  EXPECT_TRUE(server_is_unwell("LOADING Redis is loading the dataset in memory"));
  EXPECT_FALSE(server_is_unwell("OOM command not allowed"));
}

TEST(failure, tells_nothing_of_the_arguments_and_is_one_short_line) {
  const error quoted = error_of_failure("ERR unknown command 'x', with args beginning with: 'secret' ");
  EXPECT_EQ(quoted.message, "Redis answered: ERR unknown command ");
  const error odd = error_of_failure("ERR a\tb\nc" + std::string(1'000, 'x'));
  EXPECT_EQ(odd.message, "Redis answered: ERR a?b");
  EXPECT_LT(error_of_failure("ERR " + std::string(10'000, 'x')).message.size(), 300U);
}

TEST(backoff, doubles_to_its_bound_and_keeps_a_random_part) {
  backoff pauses{40ms, 200ms, 7};
  for (const auto ceiling : {40ms, 80ms, 160ms, 200ms, 200ms}) {
    const auto pause = pauses.next();
    EXPECT_GE(pause, ceiling / 2);
    EXPECT_LE(pause, ceiling);
  }
  pauses.reset();
  EXPECT_LE(pauses.next(), 40ms);
  backoff one{1'000ms, 1'000ms, 1};
  backoff other{1'000ms, 1'000ms, 2};
  EXPECT_NE(one.next(), other.next());
  backoff least{0ms, 0ms, 1};
  EXPECT_LE(least.next(), 1ms);
}

} // namespace
} // namespace inferenceflow::redis
