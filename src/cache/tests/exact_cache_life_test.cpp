// Admission, idle expiry, trust, and who hears of what goes. The tests of the rest: exact_cache_test.cpp.
#include "cache/exact_cache.h"
#include "cache/tests/answers.h"

#include <chrono>
#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

namespace inferenceflow::cache {
namespace {

using namespace std::chrono_literals;
using testing::key_of;
using testing::make;

constexpr std::size_t k_body_bytes = 1'000;

std::size_t charged(std::size_t body_bytes = k_body_bytes) {
  return make({.body_bytes = body_bytes})->charged_bytes();
}

class exact_cache_life : public ::testing::Test {
protected:
  static cache_limits room_for(std::size_t entries, eviction_policy policy) {
    return {.bytes_max = entries * charged(), .entry_bytes_max = entries * charged(), .shards = 1, .policy = policy};
  }
  bool keep(exact_cache& cache, std::uint64_t n, std::int64_t cost_nano_usd = 1'000,
            std::size_t body_bytes = k_body_bytes) {
    return cache.store(key_of(n), make({.body_bytes = body_bytes, .cost_nano_usd = cost_nano_usd}), 24h);
  }
  manual_clock clock_;
};

TEST_F(exact_cache_life, s3_throws_out_the_oldest_new_entry_first_however_dear) {
  exact_cache cache{room_for(10, eviction_policy::s3_gdsf), clock_};
  for (std::uint64_t n = 1; n <= 10; ++n) {
    ASSERT_TRUE(keep(cache, n, n == 1 ? 1'000'000 : 1'000));
  }
  ASSERT_TRUE(keep(cache, 11));
  EXPECT_FALSE(cache.contains(key_of(1)));
  EXPECT_TRUE(cache.contains(key_of(2)));
  EXPECT_EQ(cache.stats().new_bytes, cache.stats().bytes);
}

TEST_F(exact_cache_life, s3_promotes_what_was_asked_for_again) {
  exact_cache cache{room_for(10, eviction_policy::s3_gdsf), clock_};
  ASSERT_TRUE(keep(cache, 1));
  ASSERT_NE(cache.find(key_of(1)), nullptr);
  for (std::uint64_t n = 2; n <= 100; ++n) { // a scan, nine times as large as the cache
    ASSERT_TRUE(keep(cache, n, 1'000'000));
  }
  EXPECT_TRUE(cache.contains(key_of(1))) << "new entries push out each other";
  EXPECT_EQ(cache.stats().bytes - cache.stats().new_bytes, charged());
}

TEST_F(exact_cache_life, s3_takes_back_what_it_lately_threw_out) {
  exact_cache cache{room_for(10, eviction_policy::s3_gdsf), clock_};
  for (std::uint64_t n = 1; n <= 11; ++n) {
    ASSERT_TRUE(keep(cache, n));
  }
  ASSERT_FALSE(cache.contains(key_of(1)));
  ASSERT_TRUE(keep(cache, 1));
  EXPECT_EQ(cache.stats().bytes - cache.stats().new_bytes, charged()) << "not new any more";
  for (std::uint64_t n = 12; n <= 30; ++n) {
    ASSERT_TRUE(keep(cache, n));
  }
  EXPECT_TRUE(cache.contains(key_of(1)));
}

TEST_F(exact_cache_life, s3_ranks_what_is_too_large_for_the_queue_by_dollars) {
  exact_cache cache{room_for(4, eviction_policy::s3_gdsf), clock_}; // a tenth holds less than one entry
  ASSERT_TRUE(keep(cache, 1, 9'000));
  ASSERT_TRUE(keep(cache, 2, 1'000));
  ASSERT_TRUE(keep(cache, 3, 9'000));
  ASSERT_TRUE(keep(cache, 4, 9'000));
  EXPECT_EQ(cache.stats().new_bytes, 0U);
  EXPECT_FALSE(keep(cache, 5, 100)) << "worth less than anything there";
  ASSERT_TRUE(keep(cache, 6, 5'000));
  EXPECT_FALSE(cache.contains(key_of(2)));
}

TEST_F(exact_cache_life, s3_shrinks_and_changes_to_another_policy_and_back) {
  exact_cache cache{room_for(20, eviction_policy::s3_gdsf), clock_};
  for (std::uint64_t n = 1; n <= 20; ++n) {
    ASSERT_TRUE(keep(cache, n, static_cast<std::int64_t>(n) * 1'000));
    if (n <= 5) {
      ASSERT_NE(cache.find(key_of(n)), nullptr);
    }
  }
  cache.resize(room_for(10, eviction_policy::s3_gdsf));
  EXPECT_LE(cache.stats().bytes, 10 * charged());
  for (std::uint64_t n = 1; n <= 5; ++n) {
    EXPECT_TRUE(cache.contains(key_of(n))) << n << " was asked for";
  }
  cache.resize(room_for(10, eviction_policy::gdsf));
  EXPECT_EQ(cache.stats().new_bytes, 0U);
  ASSERT_TRUE(keep(cache, 30, 1'000'000));
  cache.resize(room_for(10, eviction_policy::s3_gdsf));
  ASSERT_TRUE(keep(cache, 31));
  cache.resize(room_for(0, eviction_policy::s3_gdsf));
  EXPECT_EQ(cache.stats().entries, 0U);
  EXPECT_EQ(cache.stats().new_bytes, 0U);
}

TEST_F(exact_cache_life, probation_counts_half_until_asked_for_again) {
  exact_cache cache{room_for(2, eviction_policy::probation_gdsf), clock_};
  ASSERT_TRUE(keep(cache, 1, 1'500));
  ASSERT_TRUE(keep(cache, 2, 1'000));
  ASSERT_NE(cache.find(key_of(2)), nullptr); // 2 × 1,000 against ½ × 1,500
  ASSERT_TRUE(keep(cache, 3, 1'600));
  EXPECT_FALSE(cache.contains(key_of(1)));
  EXPECT_TRUE(cache.contains(key_of(2)));
}

TEST_F(exact_cache_life, probation_is_over_for_what_comes_back) {
  exact_cache cache{room_for(1, eviction_policy::probation_gdsf), clock_};
  ASSERT_TRUE(keep(cache, 1, 1'000));
  EXPECT_FALSE(keep(cache, 2, 900)) << "both on probation: the dearer stays";
  EXPECT_TRUE(keep(cache, 2, 900)) << "asked for twice by now";
  EXPECT_FALSE(cache.contains(key_of(1)));
}

TEST_F(exact_cache_life, idle_entries_expire_when_their_rent_has_reached_what_they_save) {
  cache_limits limits = room_for(8, eviction_policy::gdsf);
  limits.rent_usd_per_gib_month = 5;
  exact_cache cache{limits, clock_};
  ASSERT_TRUE(keep(cache, 1, 50));
  const auto limit = idle_limit(50.0 / static_cast<double>(charged()), rent_of(5));
  ASSERT_LT(limit, 24h);
  clock_.advance(limit - 1s);
  EXPECT_NE(cache.find(key_of(1)), nullptr);
  clock_.advance(limit - 1s);
  EXPECT_NE(cache.find(key_of(1)), nullptr) << "a hit starts the time anew";
  clock_.advance(limit);
  EXPECT_FALSE(cache.contains(key_of(1)));
  EXPECT_EQ(cache.find(key_of(1)), nullptr);
  EXPECT_EQ(cache.stats().idle, 1U);
  EXPECT_EQ(cache.stats().expired, 1U);
  EXPECT_EQ(cache.stats().entries, 0U);
}

TEST_F(exact_cache_life, idle_entries_go_without_being_asked_for_and_used_ones_stay) {
  cache_limits limits = room_for(8, eviction_policy::gdsf);
  limits.rent_usd_per_gib_month = 5;
  exact_cache cache{limits, clock_};
  ASSERT_TRUE(keep(cache, 1, 50));
  ASSERT_TRUE(keep(cache, 2, 50));
  ASSERT_TRUE(keep(cache, 3, 1'000));
  const auto limit = idle_limit(50.0 / static_cast<double>(charged()), rent_of(5));
  clock_.advance(limit / 2);
  ASSERT_NE(cache.find(key_of(2)), nullptr);
  clock_.advance(limit / 2 + 1ns);
  ASSERT_TRUE(keep(cache, 4, 50)); // any store looks after the expired
  EXPECT_EQ(cache.stats().entries, 3U);
  EXPECT_EQ(cache.stats().idle, 1U);
  EXPECT_FALSE(cache.contains(key_of(1)));
  EXPECT_TRUE(cache.contains(key_of(2)));
  EXPECT_TRUE(cache.contains(key_of(3)));
}

TEST_F(exact_cache_life, rent_can_change_and_counts_from_then_on) {
  cache_limits limits = room_for(8, eviction_policy::gdsf);
  exact_cache cache{limits, clock_};
  ASSERT_TRUE(keep(cache, 1, 100));
  clock_.advance(20h);
  EXPECT_TRUE(cache.contains(key_of(1))) << "no rent";
  limits.rent_usd_per_gib_month = 500;
  cache.resize(limits);
  EXPECT_TRUE(cache.contains(key_of(1)));
  clock_.advance(idle_limit(100.0 / static_cast<double>(charged()), rent_of(500)));
  EXPECT_FALSE(cache.contains(key_of(1)));
  EXPECT_EQ(cache.find(key_of(1)), nullptr);
  EXPECT_EQ(cache.stats().idle, 1U);
  ASSERT_TRUE(keep(cache, 2, 100));
  limits.rent_usd_per_gib_month = 0;
  cache.resize(limits);
  clock_.advance(23h);
  EXPECT_TRUE(cache.contains(key_of(2))) << "no rent any more";
}

TEST(idle_limit, is_where_the_rent_paid_equals_the_price) {
  // 1 GiB for a month at 5 USD, an entry of 1 MiB that saves 0.01 USD: 5 / 1024 USD a month, so 2.048 months.
  const double value_per_byte = 0.01 * 1e9 / (1U << 20U);
  const auto limit = std::chrono::duration<double>(idle_limit(value_per_byte, rent_of(5)));
  EXPECT_NEAR(limit.count(), 2.048 * 30.4375 * 86'400, 1.0);
}

TEST(idle_limit, is_bounded_and_off_without_rent) {
  EXPECT_EQ(idle_limit(1, 0), k_ttl_max);
  EXPECT_EQ(idle_limit(1, -1), k_ttl_max);
  EXPECT_EQ(idle_limit(1e30, 1e-30), k_ttl_max);
  EXPECT_EQ(idle_limit(0, 1), 0ns);
  EXPECT_EQ(idle_limit(-5, 1), 0ns);
}

TEST_F(exact_cache_life, no_read_and_no_write_crosses_a_trust_level) {
  exact_cache cache{room_for(4, eviction_policy::gdsf), clock_};
  const auto at = [](trust_level level, std::size_t body_bytes) {
    auto answer = std::make_shared<cached_answer>(*make({.body_bytes = body_bytes}));
    answer->trust = level;
    return std::shared_ptr<const cached_answer>{answer};
  };
  ASSERT_TRUE(cache.store(key_of(1), at(trust_level::low, 10), 1h));
  EXPECT_EQ(cache.find(key_of(1), {.least_trust = trust_level::standard}), nullptr);
  EXPECT_EQ(cache.stats().misses, 1U);
  EXPECT_NE(cache.find(key_of(1), {.least_trust = trust_level::low}), nullptr);
  ASSERT_TRUE(cache.store(key_of(1), at(trust_level::high, 20), 1h)) << "more trusted replaces less";
  EXPECT_FALSE(cache.store(key_of(1), at(trust_level::low, 30), 1h));
  EXPECT_EQ(cache.stats().refused, 1U);
  ASSERT_NE(cache.find(key_of(1)), nullptr);
  EXPECT_EQ(cache.find(key_of(1))->body.size(), 20U);
  clock_.advance(1h);
  EXPECT_TRUE(cache.store(key_of(1), at(trust_level::low, 30), 1h)) << "the trusted one has expired";
}

class recorder final : public entry_observer {
public:
  explicit recorder(const exact_cache& watched)
      : watched_(watched) {}
  void on_gone(const cache_key& key, const cached_answer& answer, departure why) noexcept override {
    seen.emplace_back(key.low, why);
    bodies.push_back(answer.body.size());
    still_there = still_there || (why != departure::replaced && watched_.contains(key)); // may call the cache
  }
  std::vector<std::pair<std::uint64_t, departure>> seen;
  std::vector<std::size_t> bodies;
  bool still_there = false;

private:
  const exact_cache& watched_;
};

TEST_F(exact_cache_life, observers_hear_of_everything_that_goes_once_and_why) {
  exact_cache cache{room_for(3, eviction_policy::gdsf), clock_};
  recorder heard{cache};
  cache.observe(heard);
  ASSERT_TRUE(keep(cache, 1, 10));
  ASSERT_TRUE(keep(cache, 1, 10, 500)); // replaces
  ASSERT_TRUE(keep(cache, 2, 1'000));
  ASSERT_TRUE(keep(cache, 3, 1'000));
  ASSERT_TRUE(keep(cache, 4, 1'000)); // evicts 1
  EXPECT_FALSE(keep(cache, 5, 1)) << "refused: nothing went";
  ASSERT_TRUE(cache.erase(key_of(2)));
  clock_.advance(24h);
  EXPECT_EQ(cache.find(key_of(3)), nullptr); // expired
  EXPECT_EQ(cache.erase_where({}), 1U);
  using gone = std::pair<std::uint64_t, departure>;
  EXPECT_EQ(heard.seen, (std::vector<gone>{{1, departure::replaced},
                                           {1, departure::evicted},
                                           {2, departure::erased},
                                           {3, departure::expired},
                                           {4, departure::erased}}));
  EXPECT_EQ(heard.bodies.front(), k_body_bytes) << "the answer that went, not the one that came";
  EXPECT_FALSE(heard.still_there);
  EXPECT_EQ(cache.stats().erased, 2U);
}

TEST_F(exact_cache_life, observers_hear_of_what_new_limits_throw_out) {
  exact_cache cache{room_for(4, eviction_policy::gdsf), clock_};
  recorder heard{cache};
  cache.observe(heard);
  for (std::uint64_t n = 1; n <= 4; ++n) {
    ASSERT_TRUE(keep(cache, n));
  }
  cache.resize(room_for(1, eviction_policy::gdsf));
  EXPECT_EQ(heard.seen.size(), 3U);
}

TEST_F(exact_cache_life, erases_by_any_combination) {
  exact_cache cache{{.bytes_max = 1U << 20U, .entry_bytes_max = 1U << 12U}, clock_};
  const auto fill = [&] {
    for (std::uint64_t n = 0; n < 8; ++n) {
      auto answer = std::make_shared<cached_answer>(
          *make({.model = (n & 1U) != 0 ? "big" : "small", .tenant = (n & 2U) != 0 ? "acme" : "globex"}));
      answer->tags = entry_tags::parse((n & 4U) != 0 ? "news,daily" : "news").value();
      ASSERT_TRUE(cache.store(key_of(n), answer, 1h));
    }
  };
  const std::vector<std::pair<entry_filter, std::size_t>> cases = {
      {{.model = "big"}, 4},
      {{.tenant = "acme"}, 4},
      {{.tag = "daily"}, 4},
      {{.tag = "news"}, 8},
      {{.tag = "new"}, 0},
      {{.model = "big", .tenant = "acme"}, 2},
      {{.model = "big", .tenant = "acme", .tag = "daily"}, 1},
      {{.glob = "acme/*", .model = "small", .tag = "daily"}, 1},
      {{.glob = "globex/*", .tenant = "acme"}, 0},
      {{.model = "bi"}, 0},
      {{.model = "*"}, 0},
      {{.glob = "*"}, 8},
      {{}, 8}};
  for (const auto& [filter, expected] : cases) {
    fill();
    EXPECT_EQ(cache.erase_where(filter), expected) << filter.glob << ' ' << filter.model << ' ' << filter.tag;
    EXPECT_EQ(cache.stats().entries, 8 - expected);
  }
}

TEST_F(exact_cache_life, counts_misses_and_verdicts_by_model_and_tenant) {
  exact_cache cache{{.bytes_max = 1U << 20U, .entry_bytes_max = 1U << 12U}, clock_};
  const cache_lookup asked{.model = "m", .tenant = "t"};
  EXPECT_EQ(cache.find(key_of(1), asked), nullptr);
  EXPECT_EQ(cache.find(key_of(2), asked), nullptr);
  EXPECT_EQ(cache.find(key_of(3)), nullptr) << "a miss of nobody";
  ASSERT_TRUE(cache.store(key_of(1), make({.cost_nano_usd = 7, .model = "m", .tenant = "t"}), 1h));
  cache_lookup by_meaning = asked;
  by_meaning.semantic = true;
  EXPECT_EQ(cache.find(key_of(9), by_meaning), nullptr);
  EXPECT_NE(cache.find(key_of(1), by_meaning), nullptr);
  cache.count(key_of(1), "m", "t", cache_event::explored);
  cache.count(key_of(1), "m", "t", cache_event::explored);
  cache.count(key_of(1), "m", "t", cache_event::judged_right);
  cache.count(key_of(1), "m", "t", cache_event::judged_wrong);
  const auto sums = cache.stats();
  EXPECT_EQ(std::make_pair(sums.hits, sums.misses), std::make_pair(std::uint64_t{0}, std::uint64_t{3}));
  EXPECT_EQ(sums.semantic_hits, 1U);
  EXPECT_EQ(sums.explored, 2U);
  EXPECT_EQ(sums.judged_right + sums.judged_wrong, 2U);
  EXPECT_EQ(sums.saved, money::from_nano_usd(7));
  for (const auto& groups : {cache.stats_by_model(), cache.stats_by_tenant()}) {
    ASSERT_EQ(groups.size(), 1U);
    EXPECT_EQ(groups[0].misses, 2U);
    EXPECT_EQ(groups[0].semantic_hits, 1U);
    EXPECT_EQ(groups[0].explored, 2U);
    EXPECT_EQ(groups[0].judged_right, 1U);
    EXPECT_EQ(groups[0].judged_wrong, 1U);
    EXPECT_EQ(groups[0].saved, money::from_nano_usd(7));
  }
}

TEST_F(exact_cache_life, names_that_only_miss_are_bounded_too) {
  exact_cache cache{{.bytes_max = 1U << 20U, .entry_bytes_max = 1U << 12U, .shards = 1}, clock_};
  for (std::uint64_t n = 0; n < 3 * k_groups_max; ++n) {
    const std::string tenant = "t" + std::to_string(n);
    (void)cache.find(key_of(n), {.model = "m", .tenant = tenant});
  }
  const auto tenants = cache.stats_by_tenant();
  EXPECT_LE(tenants.size(), k_groups_max);
  std::uint64_t misses = 0;
  for (const auto& tenant : tenants) {
    misses += tenant.misses;
  }
  EXPECT_EQ(misses, 3 * k_groups_max);
}

} // namespace
} // namespace inferenceflow::cache
