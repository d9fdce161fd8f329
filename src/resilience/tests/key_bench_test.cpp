#include "resilience/key_bench.h"

#include <gtest/gtest.h>

namespace inferenceflow::resilience {
namespace {

using namespace std::chrono_literals;

class key_bench_test : public ::testing::Test {
protected:
  [[nodiscard]] steady_time now() const { return clock_.steady_now(); }
  manual_clock clock_;
  key_bench bench_{3, {}};
};

TEST_F(key_bench_test, keys_take_turns) {
  for (const std::size_t expected : {0U, 1U, 2U, 0U, 1U}) {
    EXPECT_EQ(bench_.choose(now()), expected);
  }
}

TEST_F(key_bench_test, a_refused_key_sits_out_for_long) {
  bench_.failed(1, fault::key_refused, {}, now());
  for (const std::size_t expected : {0U, 2U, 0U, 2U}) {
    EXPECT_EQ(bench_.choose(now()), expected);
  }
  clock_.advance(1h);
  EXPECT_EQ(bench_.choose(now()), 0U);
  EXPECT_EQ(bench_.choose(now()), 1U);
}

TEST_F(key_bench_test, a_limited_key_sits_out_until_its_retry_after) {
  bench_.failed(0, fault::rate_limited, 7s, now());
  bench_.failed(1, fault::rate_limited, 3s, now());
  bench_.failed(2, fault::quota_exhausted, {}, now());
  EXPECT_FALSE(bench_.any_good(now()));
  EXPECT_EQ(bench_.choose(now()), std::nullopt);
  EXPECT_EQ(bench_.good_at(), now() + 3s);
  clock_.advance(3s);
  EXPECT_EQ(bench_.choose(now()), 1U);
  EXPECT_EQ(bench_.choose(now()), 1U);
  clock_.advance(4s);
  EXPECT_EQ(bench_.choose(now()), 0U);
}

TEST_F(key_bench_test, without_retry_after_the_time_doubles_until_a_success) {
  key_bench single{1, {}};
  for (const auto expected : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    single.failed(0, fault::rate_limited, {}, now());
    single.failed(0, fault::rate_limited, {}, now()); // a second call that was under way
    EXPECT_EQ(single.good_at(), now() + expected);
    clock_.advance(expected);
  }
  single.succeeded(0);
  single.failed(0, fault::rate_limited, {}, now());
  EXPECT_EQ(single.good_at(), now() + 1s);
}

TEST_F(key_bench_test, a_shorter_time_never_shortens_a_longer_one) {
  key_bench single{1, {}};
  single.failed(0, fault::key_refused, {}, now());
  single.failed(0, fault::rate_limited, 1s, now());
  EXPECT_EQ(single.good_at(), now() + 1h);
}

TEST_F(key_bench_test, other_faults_are_not_the_keys) {
  for (const fault what : {fault::server_error, fault::client_fault, fault::cancelled, fault::overloaded}) {
    bench_.failed(0, what, 9s, now());
  }
  EXPECT_EQ(bench_.choose(now()), 0U);
  bench_.failed(99, fault::key_refused, {}, now()); // no such key
  bench_.succeeded(99);
}

} // namespace
} // namespace inferenceflow::resilience
