// Meant for the thread sanitizer, and for the byte bound, which must hold while threads race.
#include "cache/exact_cache.h"
#include "cache/tests/answers.h"

#include <atomic>
#include <chrono>
#include <gtest/gtest.h>
#include <random>
#include <thread>
#include <vector>

namespace inferenceflow::cache {
namespace {

using namespace std::chrono_literals;
using testing::key_of;
using testing::make;

TEST(exact_cache_threads, bound_holds_and_sums_agree_under_concurrent_use) {
  constexpr std::size_t k_bytes_max = 256U << 10U;
  constexpr int k_threads = 4;
  constexpr int k_steps = 4'000;
  const system_clock_source clock;
  exact_cache cache{{.bytes_max = k_bytes_max, .entry_bytes_max = 8U << 10U, .shards = 4}, clock};
  std::atomic<bool> exceeded{false};
  std::atomic<std::uint64_t> finds{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < k_threads; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937_64 random{static_cast<std::uint64_t>(t)};
      for (int step = 0; step < k_steps; ++step) {
        const auto n = random() % 300;
        const auto choice = random() % 100;
        if (choice < 50) {
          const auto found = cache.find(key_of(n));
          finds.fetch_add(1);
          if (found && found->body.find_first_not_of('x') != std::string::npos) {
            exceeded = true;
          }
        } else if (choice < 95) {
          cache.store(key_of(n), make({.body_bytes = random() % 6'000, .tenant = "t" + std::to_string(n % 5)}), 1h);
        } else if (choice < 97) {
          cache.erase(key_of(n));
        } else if (choice < 98) {
          cache.erase_where({.glob = "t1/*"});
        } else {
          if (cache.stats().bytes > k_bytes_max) {
            exceeded = true;
          }
        }
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_FALSE(exceeded);
  const auto stats = cache.stats();
  EXPECT_EQ(stats.hits + stats.misses, finds.load());
  std::uint64_t bytes = 0;
  for (const auto& tenant : cache.stats_by_tenant()) {
    bytes += tenant.bytes;
  }
  EXPECT_EQ(bytes, stats.bytes);
  cache.erase_where({.glob = "*"});
  EXPECT_EQ(cache.stats().bytes, 0U);
}

} // namespace
} // namespace inferenceflow::cache
