#include "cache/exact_cache.h"
#include "cache/tests/answers.h"

#include <chrono>
#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::cache {
namespace {

using namespace std::chrono_literals;
using testing::answer_of;
using testing::key_of;
using testing::make;

constexpr std::size_t k_body_bytes = 1'000;

std::size_t charged(std::size_t body_bytes = k_body_bytes) {
  return make({.body_bytes = body_bytes})->charged_bytes();
}

/// One shard with room for `entries` answers of k_body_bytes.
cache_limits room_for(std::size_t entries, eviction_policy policy = eviction_policy::gdsf) {
  return {.bytes_max = entries * charged(), .entry_bytes_max = entries * charged(), .shards = 1, .policy = policy};
}

class exact_cache_test : public ::testing::Test {
protected:
  manual_clock clock_;
  static bool keep(exact_cache& cache, std::uint64_t n, std::int64_t cost_nano_usd = 1'000,
                   std::size_t body_bytes = k_body_bytes) {
    return cache.store(key_of(n), make({.body_bytes = body_bytes, .cost_nano_usd = cost_nano_usd}), 1h);
  }
};

TEST_F(exact_cache_test, finds_what_was_stored_and_counts_it) {
  exact_cache cache{room_for(4), clock_};
  EXPECT_EQ(cache.find(key_of(1)), nullptr);
  const auto answer = make({.cost_nano_usd = 250});
  ASSERT_TRUE(cache.store(key_of(1), answer, 1h));
  EXPECT_EQ(cache.find(key_of(1)), answer);
  EXPECT_EQ(cache.find(key_of(1)), answer);
  const auto stats = cache.stats();
  EXPECT_EQ(stats.hits, 2U);
  EXPECT_EQ(stats.misses, 1U);
  EXPECT_EQ(stats.stored, 1U);
  EXPECT_EQ(stats.entries, 1U);
  EXPECT_EQ(stats.bytes, answer->charged_bytes());
  EXPECT_EQ(stats.saved, money::from_nano_usd(500));
}

TEST_F(exact_cache_test, too_old_for_one_caller_is_a_miss_for_it_and_stays_for_others) {
  exact_cache cache{room_for(4), clock_};
  auto answer = std::make_shared<cached_answer>(*make({.cost_nano_usd = 250}));
  answer->created = clock_.wall_now();
  ASSERT_TRUE(cache.store(key_of(1), answer, 1h));
  EXPECT_EQ(cache.find(key_of(1), {.oldest = answer->created + 1ms}), nullptr);
  EXPECT_EQ(cache.stats().misses, 1U);
  EXPECT_EQ(cache.stats().saved, money{});
  EXPECT_EQ(cache.find(key_of(1), {.oldest = answer->created}), answer);
  EXPECT_EQ(cache.stats().hits, 1U);
}

TEST_F(exact_cache_test, keys_that_share_one_half_are_different) {
  exact_cache cache{room_for(4), clock_};
  ASSERT_TRUE(cache.store({1, 2}, make({}), 1h));
  EXPECT_EQ(cache.find({1, 3}), nullptr);
  EXPECT_EQ(cache.find({2, 2}), nullptr);
}

TEST_F(exact_cache_test, expires_at_its_time_to_live_exactly) {
  exact_cache cache{room_for(4), clock_};
  ASSERT_TRUE(cache.store(key_of(1), make({}), 10ms));
  clock_.advance(10ms - 1ns);
  EXPECT_NE(cache.find(key_of(1)), nullptr);
  clock_.advance(1ns);
  EXPECT_EQ(cache.find(key_of(1)), nullptr);
  EXPECT_EQ(cache.stats().expired, 1U);
  EXPECT_EQ(cache.stats().bytes, 0U);
}

TEST_F(exact_cache_test, no_time_to_live_stores_nothing) {
  exact_cache cache{room_for(4), clock_};
  EXPECT_FALSE(cache.store(key_of(1), make({}), 0ms));
  EXPECT_FALSE(cache.store(key_of(1), make({}), -1ms));
  EXPECT_EQ(cache.stats().entries, 0U);
}

TEST_F(exact_cache_test, endless_time_to_live_does_not_wrap) {
  exact_cache cache{room_for(4), clock_};
  ASSERT_TRUE(cache.store(key_of(1), make({}), std::chrono::milliseconds::max()));
  EXPECT_NE(cache.find(key_of(1)), nullptr);
}

TEST_F(exact_cache_test, expired_entries_go_before_live_ones_of_less_worth) {
  exact_cache cache{room_for(2), clock_};
  ASSERT_TRUE(cache.store(key_of(1), make({.body_bytes = k_body_bytes, .cost_nano_usd = 1'000'000}), 10ms));
  ASSERT_TRUE(keep(cache, 2, 1));
  clock_.advance(1s);
  ASSERT_TRUE(keep(cache, 3, 1));
  EXPECT_NE(cache.find(key_of(2)), nullptr);
  EXPECT_EQ(cache.stats().evicted, 0U);
  EXPECT_EQ(cache.stats().expired, 1U);
}

TEST_F(exact_cache_test, gdsf_keeps_the_dearer_of_equal_size) {
  exact_cache cache{room_for(2), clock_};
  ASSERT_TRUE(keep(cache, 1, 9'000));
  ASSERT_TRUE(keep(cache, 2, 1'000));
  ASSERT_TRUE(keep(cache, 3, 5'000));
  EXPECT_NE(cache.find(key_of(1)), nullptr);
  EXPECT_EQ(cache.find(key_of(2)), nullptr);
  EXPECT_NE(cache.find(key_of(3)), nullptr);
}

TEST_F(exact_cache_test, gdsf_counts_frequency) {
  exact_cache cache{room_for(2), clock_};
  ASSERT_TRUE(keep(cache, 1, 1'000));
  ASSERT_TRUE(keep(cache, 2, 2'000));
  for (int i = 0; i < 4; ++i) {
    ASSERT_NE(cache.find(key_of(1)), nullptr); // 5 × 1,000 is now worth more than 2,000
  }
  ASSERT_TRUE(keep(cache, 3, 3'000));
  EXPECT_NE(cache.find(key_of(1)), nullptr);
  EXPECT_EQ(cache.find(key_of(2)), nullptr);
}

TEST_F(exact_cache_test, gdsf_prefers_small_answers_at_equal_cost) {
  cache_limits limits = room_for(1);
  limits.bytes_max = 2 * charged(100) + charged(k_body_bytes);
  exact_cache cache{limits, clock_};
  ASSERT_TRUE(keep(cache, 1, 1'000, k_body_bytes));
  ASSERT_TRUE(keep(cache, 2, 1'000, 100));
  ASSERT_TRUE(keep(cache, 3, 1'000, 100));
  ASSERT_TRUE(keep(cache, 4, 1'000, 100));
  EXPECT_EQ(cache.find(key_of(1)), nullptr);
  EXPECT_NE(cache.find(key_of(2)), nullptr);
}

TEST_F(exact_cache_test, worth_less_than_what_it_would_displace_is_refused_until_the_others_have_aged) {
  exact_cache cache{room_for(1), clock_};
  ASSERT_TRUE(keep(cache, 1, 3'000));
  EXPECT_FALSE(keep(cache, 2, 1'000));
  EXPECT_NE(cache.find(key_of(1)), nullptr); // refused without harm; frequency now 2, rank 6,000
  EXPECT_EQ(cache.stats().refused, 1U);
  int tries = 0;
  while (!keep(cache, 2, 1'000)) {
    ASSERT_LT(++tries, 10) << "an entry that nobody asks for must age";
  }
  EXPECT_EQ(cache.find(key_of(1)), nullptr);
}

TEST_F(exact_cache_test, refusal_for_a_large_answer_evicts_nothing) {
  exact_cache cache{room_for(4), clock_};
  for (std::uint64_t n = 1; n <= 4; ++n) {
    ASSERT_TRUE(keep(cache, n, n == 3 ? 1'000'000 : 10));
  }
  // Passes the three cheap ones (tiny rank), then meets the dear one.
  EXPECT_FALSE(keep(cache, 9, 100, 4 * charged() - charged(0)));
  for (std::uint64_t n = 1; n <= 4; ++n) {
    EXPECT_NE(cache.find(key_of(n)), nullptr) << n;
  }
  EXPECT_EQ(cache.stats().evicted, 0U);
}

TEST_F(exact_cache_test, free_answers_are_kept_by_work_saved_and_yield_to_paid_ones) {
  exact_cache cache{room_for(2), clock_};
  auto free_small = std::make_shared<cached_answer>(*make({.body_bytes = k_body_bytes, .cost_nano_usd = 0}));
  auto free_large = std::make_shared<cached_answer>(*free_small);
  free_small->usage.output = 10;
  free_large->usage.output = 500;
  ASSERT_TRUE(cache.store(key_of(1), free_small, 1h));
  ASSERT_TRUE(cache.store(key_of(2), free_large, 1h));
  ASSERT_TRUE(keep(cache, 3, 1'000));
  EXPECT_EQ(cache.find(key_of(1)), nullptr);
  EXPECT_NE(cache.find(key_of(2)), nullptr);
}

TEST_F(exact_cache_test, lru_evicts_by_recency_only) {
  exact_cache cache{room_for(2, eviction_policy::lru), clock_};
  ASSERT_TRUE(keep(cache, 1, 1'000'000));
  ASSERT_TRUE(keep(cache, 2, 1));
  ASSERT_NE(cache.find(key_of(1)), nullptr);
  ASSERT_NE(cache.find(key_of(2)), nullptr);
  ASSERT_TRUE(keep(cache, 3, 1));
  EXPECT_EQ(cache.find(key_of(1)), nullptr);
  EXPECT_NE(cache.find(key_of(2)), nullptr);
}

TEST_F(exact_cache_test, lfu_evicts_the_least_used_and_among_those_the_oldest) {
  exact_cache cache{room_for(3, eviction_policy::lfu), clock_};
  for (std::uint64_t n = 1; n <= 3; ++n) {
    ASSERT_TRUE(keep(cache, n));
  }
  ASSERT_NE(cache.find(key_of(1)), nullptr);
  ASSERT_TRUE(keep(cache, 4));
  EXPECT_NE(cache.find(key_of(1)), nullptr);
  EXPECT_EQ(cache.find(key_of(2)), nullptr);
  EXPECT_NE(cache.find(key_of(3)), nullptr);
}

TEST_F(exact_cache_test, oversized_is_refused_and_takes_its_stale_predecessor_along) {
  cache_limits limits = room_for(4);
  limits.entry_bytes_max = charged();
  exact_cache cache{limits, clock_};
  ASSERT_TRUE(keep(cache, 1));
  EXPECT_FALSE(keep(cache, 1, 1'000, 2 * k_body_bytes));
  EXPECT_EQ(cache.find(key_of(1)), nullptr);
  EXPECT_EQ(cache.stats().refused, 1U);
  EXPECT_EQ(cache.stats().bytes, 0U);
}

TEST_F(exact_cache_test, replacing_charges_once) {
  exact_cache cache{room_for(4), clock_};
  ASSERT_TRUE(keep(cache, 1));
  ASSERT_TRUE(keep(cache, 1, 1'000, 10));
  EXPECT_EQ(cache.stats().entries, 1U);
  EXPECT_EQ(cache.stats().bytes, charged(10));
  EXPECT_EQ(cache.find(key_of(1))->body.size(), 10U);
}

TEST_F(exact_cache_test, evicted_answer_stays_valid_for_its_reader) {
  exact_cache cache{room_for(1), clock_};
  ASSERT_TRUE(keep(cache, 1));
  const auto held = cache.find(key_of(1));
  ASSERT_TRUE(cache.erase(key_of(1)));
  EXPECT_FALSE(cache.erase(key_of(1)));
  EXPECT_EQ(held->body, std::string(k_body_bytes, 'x'));
}

TEST_F(exact_cache_test, erases_by_glob_over_the_label) {
  exact_cache cache{{.bytes_max = 1U << 20U, .entry_bytes_max = 1U << 12U}, clock_};
  ASSERT_GT(cache.shard_count(), 1U);
  for (std::uint64_t n = 1; n <= 8; ++n) {
    const answer_of wanted{.model = n % 2 == 0 ? "big" : "org/small", .tenant = n <= 4 ? "a" : "b"};
    ASSERT_TRUE(cache.store(key_of(n), make(wanted), 1h));
  }
  EXPECT_EQ(cache.erase_where({.glob = "nothing*"}), 0U);
  EXPECT_EQ(cache.erase_where({.glob = "*/" + to_hex(key_of(1))}), 1U);
  EXPECT_EQ(cache.erase_where({.glob = "a/chat/org/small/*"}), 1U);
  EXPECT_EQ(cache.erase_where({.glob = "?/*/big/*"}), 4U);
  EXPECT_EQ(cache.erase_where({.glob = "*"}), 2U);
  EXPECT_EQ(cache.stats().entries, 0U);
  EXPECT_EQ(cache.stats().bytes, 0U);
}

TEST_F(exact_cache_test, resize_shrinks_at_once_and_keeps_the_best) {
  exact_cache cache{room_for(8), clock_};
  for (std::uint64_t n = 1; n <= 8; ++n) {
    ASSERT_TRUE(keep(cache, n, static_cast<std::int64_t>(n) * 1'000));
  }
  cache.resize(room_for(2));
  EXPECT_LE(cache.stats().bytes, 2 * charged());
  EXPECT_NE(cache.find(key_of(7)), nullptr);
  EXPECT_NE(cache.find(key_of(8)), nullptr);
  cache.resize({.bytes_max = 0, .entry_bytes_max = 0, .shards = 1});
  EXPECT_EQ(cache.stats().entries, 0U);
  EXPECT_FALSE(keep(cache, 1));
}

TEST_F(exact_cache_test, resize_drops_entries_over_a_lower_entry_bound) {
  exact_cache cache{room_for(4), clock_};
  ASSERT_TRUE(keep(cache, 1));
  ASSERT_TRUE(keep(cache, 2, 1'000, 10));
  cache_limits lower = room_for(4);
  lower.entry_bytes_max = charged(10);
  cache.resize(lower);
  EXPECT_EQ(cache.find(key_of(1)), nullptr);
  EXPECT_NE(cache.find(key_of(2)), nullptr);
}

TEST_F(exact_cache_test, resize_changes_the_policy) {
  exact_cache cache{room_for(2), clock_};
  ASSERT_TRUE(keep(cache, 1, 1'000'000));
  ASSERT_TRUE(keep(cache, 2, 10'000));
  cache.resize(room_for(2, eviction_policy::lru));
  ASSERT_TRUE(keep(cache, 3, 1));
  EXPECT_EQ(cache.find(key_of(1)), nullptr);
  cache.resize(room_for(2, eviction_policy::gdsf));
  ASSERT_TRUE(keep(cache, 4, 10'000));
  EXPECT_EQ(cache.find(key_of(3)), nullptr);
  EXPECT_NE(cache.find(key_of(2)), nullptr);
}

TEST_F(exact_cache_test, shards_are_a_power_of_two_that_each_hold_large_entries) {
  const cache_limits roomy{.bytes_max = 256U << 20U, .entry_bytes_max = 4U << 20U, .shards = 23};
  EXPECT_EQ(exact_cache(roomy, clock_).shard_count(), 16U);
  const cache_limits tight{.bytes_max = 16U << 20U, .entry_bytes_max = 4U << 20U, .shards = 16};
  EXPECT_EQ(exact_cache(tight, clock_).shard_count(), 1U);
  EXPECT_EQ(exact_cache({.shards = 0}, clock_).shard_count(), 1U);
}

TEST_F(exact_cache_test, sums_by_model_and_tenant) {
  exact_cache cache{{.bytes_max = 1U << 20U, .entry_bytes_max = 1U << 12U}, clock_};
  ASSERT_TRUE(cache.store(key_of(1), make({.cost_nano_usd = 5, .model = "m1", .tenant = "a"}), 1h));
  ASSERT_TRUE(cache.store(key_of(2), make({.cost_nano_usd = 7, .model = "m2", .tenant = "a"}), 1h));
  ASSERT_NE(cache.find(key_of(1)), nullptr);
  ASSERT_NE(cache.find(key_of(2)), nullptr);
  ASSERT_NE(cache.find(key_of(2)), nullptr);
  const auto models = cache.stats_by_model();
  ASSERT_EQ(models.size(), 2U);
  EXPECT_EQ(models[0].name, "m2");
  EXPECT_EQ(models[0].hits, 2U);
  EXPECT_EQ(models[0].saved, money::from_nano_usd(14));
  const auto tenants = cache.stats_by_tenant();
  ASSERT_EQ(tenants.size(), 1U);
  EXPECT_EQ(tenants[0].entries, 2U);
  EXPECT_EQ(tenants[0].bytes, cache.stats().bytes);
}

TEST_F(exact_cache_test, names_in_statistics_are_bounded_and_nothing_is_lost) {
  exact_cache cache{{.bytes_max = 4U << 20U, .entry_bytes_max = 1U << 12U, .shards = 2}, clock_};
  constexpr std::uint64_t k_tenants = 3 * k_groups_max;
  for (std::uint64_t n = 1; n <= k_tenants; ++n) {
    ASSERT_TRUE(cache.store(key_of(n), make({.tenant = "t" + std::to_string(n)}), 1h));
    ASSERT_NE(cache.find(key_of(n)), nullptr);
    if (n % 2 == 0) {
      ASSERT_TRUE(cache.erase(key_of(n)));
    }
  }
  const auto tenants = cache.stats_by_tenant();
  EXPECT_LE(tenants.size(), k_groups_max);
  cache_group_stats sum;
  for (const auto& tenant : tenants) {
    sum.add(tenant);
  }
  EXPECT_EQ(sum.hits, k_tenants);
  EXPECT_EQ(sum.entries, k_tenants / 2);
  EXPECT_EQ(sum.bytes, cache.stats().bytes);
  EXPECT_EQ(sum.saved, cache.stats().saved);
}

} // namespace
} // namespace inferenceflow::cache
