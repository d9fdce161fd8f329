#include "semantic/tests/cache_fixture.h"

#include <atomic>
#include <random>
#include <thread>

namespace inferenceflow::semantic {
namespace {

using namespace testing;

constexpr std::size_t k_threads = 4;
constexpr int k_steps = 1'500;
constexpr std::size_t k_bytes = 96 * 1024;

/// One thread's traffic: everything the cache can do, on scopes and keys that others use too.
void hammer(semantic_cache& cache, std::uint64_t seed, std::atomic<std::size_t>& mixed) {
  std::mt19937_64 draws{seed};
  for (int i = 0; i < k_steps; ++i) {
    const std::uint64_t subject = draws() % 8;
    const vectors::scope_id scope{.high = 1, .low = subject % 3};
    const auto vector = vector_of(subject, 0.001 * static_cast<double>(draws() % 300));
    const std::string text = "Tell me about subject " + std::string(1, "abcdefgh"[subject]);
    const lane_id lane = subject % 3;
    const question of = asked(text, vector, lane, scope);
    const auto near = cache.near(of);
    if (!near) {
      continue;
    }
    const auto ruled = cache.decide(of, *near, draws() % 2 == 0 ? fixed_rule() : verified_rule(0.05), k_name);
    if (ruled.hit && !ruled.hit->pending && ruled.hit->key.low % 3 != scope.low) {
      ++mixed;
    }
    const cache::cache_key key = key_of(3 * (draws() % 200) + scope.low);
    const entry_id fresh = cache.open(of, key);
    switch (draws() % 16) {
    case 0: cache.drop(fresh); break;
    case 1: (void)cache.drop_key(key); break;
    case 2: cache.resize({.bytes_max = k_bytes - (draws() % 2) * 4'096, .lanes_max = 2 + draws() % 3}); break;
    case 3:
      (void)cache.drop_key(key);
      (void)cache.restore({.scope = of.scope, .key = key, .text = of.text}, vector);
      break;
    default:
      cache.keep(fresh, key);
      for (const weighed& each : ruled.taken.candidates) {
        cache.learn(lane, ruled.taken, each, draws() % 2 == 0, fresh);
      }
    }
    cache.drop(fresh % 7 == 0 ? fresh : 0);
    (void)cache.stats();
  }
}

TEST(semantic_cache_threads, many_may_use_it_at_once) {
  semantic_cache cache{{.bytes_max = k_bytes, .lanes_max = 3}, 1};
  std::atomic<std::size_t> mixed{0};
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t i = 0; i < k_threads; ++i) {
      threads.emplace_back([&, i] { hammer(cache, i + 1, mixed); });
    }
  }
  EXPECT_EQ(mixed.load(), 0U) << "an answer of another scope";
  EXPECT_LE(cache.stats().bytes, k_bytes);
  EXPECT_LE(cache.stats().lanes.size(), 4U);
  EXPECT_GT(cache.stats().evicted, 0U);
  for (entry_id id = 1; cache.stats().entries != 0 && id < 1'000'000; ++id) {
    cache.drop(id);
  }
  EXPECT_EQ(cache.stats().entries, 0U);
  EXPECT_EQ(cache.stats().bytes, 0U);
  for (std::size_t subject = 0; subject < 8; ++subject) {
    const auto vector = vector_of(subject, 0);
    for (std::uint64_t scope = 0; scope < 3; ++scope) {
      const auto near = cache.near(asked("x", vector, k_lane, {.high = 1, .low = scope}));
      ASSERT_TRUE(near);
      EXPECT_TRUE(near->empty());
    }
  }
}

} // namespace
} // namespace inferenceflow::semantic
