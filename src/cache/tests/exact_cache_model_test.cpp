// Random operations against a reference that is too simple to be wrong: a list searched from end to end.
#include "cache/exact_cache.h"
#include "cache/tests/answers.h"

#include <algorithm>
#include <chrono>
#include <gtest/gtest.h>
#include <list>
#include <random>
#include <vector>

namespace inferenceflow::cache {
namespace {

using namespace std::chrono_literals;
using testing::key_of;
using testing::make;

class reference_cache {
public:
  explicit reference_cache(shard_limits limits)
      : limits_(limits) {}

  std::shared_ptr<const cached_answer> find(std::uint64_t n, steady_time now) {
    const auto found = at(n);
    if (found == items_.end()) {
      return nullptr;
    }
    if (found->expires <= now) {
      items_.erase(found);
      return nullptr;
    }
    ++found->frequency;
    found->rank = rank(*found->answer, found->frequency);
    return found->answer; // what waits as new stays there until somebody needs room
  }

  bool store(std::uint64_t n, const std::shared_ptr<const cached_answer>& answer, std::chrono::milliseconds ttl,
             steady_time now) {
    std::uint64_t frequency = 1;
    if (const auto old = at(n); old != items_.end()) {
      frequency += old->expires > now ? old->frequency : 0;
      items_.erase(old);
    }
    if (remembers_keys(limits_.policy) && ghosts_.take(key_of(n))) {
      frequency = std::max<std::uint64_t>(2, frequency);
    }
    const std::size_t bytes = answer->charged_bytes();
    const bool is_new = limits_.policy == eviction_policy::s3_gdsf && frequency == 1 && bytes <= share();
    item added{n, answer, now + ttl, frequency, rank(*answer, frequency), is_new};
    if (bytes > limits_.entry_bytes_max || bytes > limits_.bytes_max) {
      return false;
    }
    if (total() + bytes > limits_.bytes_max) {
      items_.remove_if([&](const item& i) { return i.expires <= now; });
    }
    std::list<item> victims;
    while (total() + bytes > limits_.bytes_max) {
      const auto oldest = std::find_if(items_.begin(), items_.end(), [](const item& i) { return i.is_new; });
      const bool no_others = std::all_of(items_.begin(), items_.end(), [](const item& i) { return i.is_new; });
      if (oldest != items_.end() && (no_others || new_bytes() + (is_new ? bytes : 0) > share())) {
        if (oldest->frequency > 1) {
          oldest->is_new = false;
          oldest->rank.value = rank_of(limits_.policy, per_byte(*oldest->answer), oldest->frequency, age_, 0).value;
        } else {
          victims.splice(victims.end(), items_, oldest);
        }
        continue;
      }
      const auto least = std::min_element(items_.begin(), items_.end(), [](const item& a, const item& b) {
        return a.is_new != b.is_new ? b.is_new : a.rank < b.rank;
      });
      if (!is_new && added.rank < least->rank) {
        refuse(added, victims);
        return false;
      }
      victims.splice(victims.end(), items_, least);
    }
    std::size_t there = items_.size() + victims.size();
    for (const item& gone : victims) {
      age_ = gone.is_new ? age_ : std::max(age_, gone.rank.value);
      if (gone.is_new || limits_.policy == eviction_policy::probation_gdsf) {
        ghosts_.push(key_of(gone.n), std::max<std::size_t>(16, there));
      }
      --there;
    }
    items_.push_back(added);
    return true;
  }

  /// True when the entry was there and had not expired.
  bool erase(std::uint64_t n, steady_time now) {
    const auto found = at(n);
    const bool live = found != items_.end() && found->expires > now;
    items_.remove_if([&](const item& i) { return i.n == n; });
    return live;
  }

  [[nodiscard]] std::size_t total() const {
    std::size_t sum = 0;
    for (const auto& i : items_) {
      sum += i.answer->charged_bytes();
    }
    return sum;
  }

private:
  struct item {
    std::uint64_t n;
    std::shared_ptr<const cached_answer> answer;
    steady_time expires;
    std::uint64_t frequency;
    eviction_rank rank;
    bool is_new; ///< these stand in order of arrival
  };
  void refuse(const item& newcomer, std::list<item>& victims) {
    items_.splice(items_.begin(), victims); // those that were new were the oldest
    age_ = std::max(age_, newcomer.rank.value);
    if (limits_.policy == eviction_policy::probation_gdsf) {
      ghosts_.push(key_of(newcomer.n), std::max<std::size_t>(16, items_.size()));
    }
  }
  [[nodiscard]] std::size_t share() const { return limits_.bytes_max / k_new_entries_share; }
  [[nodiscard]] std::size_t new_bytes() const {
    std::size_t sum = 0;
    for (const auto& i : items_) {
      sum += i.is_new ? i.answer->charged_bytes() : 0;
    }
    return sum;
  }
  static double per_byte(const cached_answer& answer) {
    return saving_value(answer) / static_cast<double>(answer.charged_bytes());
  }
  std::list<item>::iterator at(std::uint64_t n) {
    return std::find_if(items_.begin(), items_.end(), [&](const item& i) { return i.n == n; });
  }
  eviction_rank rank(const cached_answer& answer, std::uint64_t frequency) {
    return rank_of(limits_.policy, per_byte(answer), frequency, age_, ++operations_);
  }

  shard_limits limits_;
  std::list<item> items_;
  ghost_list ghosts_;
  double age_ = 0;
  std::uint64_t operations_ = 0;
};

struct model_case {
  eviction_policy policy;
  std::uint64_t seed;
};

class exact_cache_model_test : public ::testing::TestWithParam<model_case> {};

TEST_P(exact_cache_model_test, agrees_with_the_reference_after_every_operation) {
  constexpr std::size_t k_bytes_max = 40'000;
  constexpr std::size_t k_entry_bytes_max = 9'000;
  const cache_limits limits{
      .bytes_max = k_bytes_max, .entry_bytes_max = k_entry_bytes_max, .shards = 1, .policy = GetParam().policy};
  manual_clock clock;
  exact_cache cache{limits, clock};
  reference_cache reference{
      {.bytes_max = k_bytes_max, .entry_bytes_max = k_entry_bytes_max, .policy = GetParam().policy}};
  std::mt19937_64 random{GetParam().seed};
  const auto below = [&](std::uint64_t bound) { return random() % bound; };

  for (int step = 0; step < 6'000; ++step) {
    const std::uint64_t n = std::min(below(60), below(60)); // some keys are asked for more often
    const auto choice = below(100);
    if (choice < 55) {
      ASSERT_EQ(cache.find(key_of(n)), reference.find(n, clock.steady_now())) << "find " << n << " at step " << step;
    } else if (choice < 92) {
      const auto answer = make({.body_bytes = below(8) == 0 ? below(12'000) : below(3'000),
                                .cost_nano_usd = static_cast<std::int64_t>(below(4) == 0 ? 0 : below(1'000'000))});
      const std::chrono::milliseconds ttl{1 + static_cast<int>(below(2'000))};
      ASSERT_EQ(cache.store(key_of(n), answer, ttl), reference.store(n, answer, ttl, clock.steady_now()))
          << "store " << n << " at step " << step;
    } else if (choice < 95) {
      const bool live = reference.erase(n, clock.steady_now());
      const bool erased = cache.erase(key_of(n)); // may still have held it expired
      ASSERT_TRUE(erased || !live) << "erase " << n << " at step " << step;
    } else {
      clock.advance(std::chrono::milliseconds{below(300)});
    }
    ASSERT_LE(cache.stats().bytes, k_bytes_max);
    ASSERT_LE(cache.stats().bytes, reference.total()) << "the cache may drop expired entries sooner, never later";
  }
  EXPECT_GT(cache.stats().hits, 100U);
  EXPECT_GT(cache.stats().evicted + cache.stats().refused, 100U);
}

INSTANTIATE_TEST_SUITE_P(seeds, exact_cache_model_test,
                         ::testing::Values(model_case{eviction_policy::gdsf, 1}, model_case{eviction_policy::gdsf, 2},
                                           model_case{eviction_policy::gdsf, 3}, model_case{eviction_policy::lru, 4},
                                           model_case{eviction_policy::lru, 5}, model_case{eviction_policy::lfu, 6},
                                           model_case{eviction_policy::lfu, 7}, model_case{eviction_policy::s3_gdsf, 8},
                                           model_case{eviction_policy::s3_gdsf, 9},
                                           model_case{eviction_policy::s3_gdsf, 10},
                                           model_case{eviction_policy::probation_gdsf, 11},
                                           model_case{eviction_policy::probation_gdsf, 12},
                                           model_case{eviction_policy::probation_gdsf, 13}));

} // namespace
} // namespace inferenceflow::cache
