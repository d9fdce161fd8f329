#include "semantic/lane_memory.h"
#include "semantic/tests/cache_fixture.h"

#include <gmock/gmock.h>
#include <limits>

namespace inferenceflow::semantic {
namespace {

using namespace testing;

/// Bread and its rephrasing were judged the same, bread and rye not.
class lane_memory_test : public semantic_cache_test {
protected:
  static constexpr double k_near = 0.1;

  static void teach(semantic_cache& cache) {
    keep(cache, "How do I bake bread?", 0, 1);
    keep(cache, "How is bread baked?", k_near, 2, true);
    keep(cache, "How do I bake rye bread at home?", 2 * k_near, 3, false);
  }

  static void keep(semantic_cache& cache, std::string_view text, double angle, std::uint64_t key,
                   std::optional<bool> right = {}) {
    const auto vector = vector_of(1, angle);
    const question of = asked(text, vector);
    const auto ruled = cache.decide(of, *cache.near(of), verified_rule(), k_name);
    const entry_id made = cache.open(of, key_of(key));
    cache.keep(made, key_of(key));
    if (right) {
      ASSERT_FALSE(ruled.taken.candidates.empty());
      cache.learn(k_lane, ruled.taken, ruled.taken.candidates.front(), *right, made);
    }
  }

  static void restore(semantic_cache& into) {
    const std::array<std::string_view, 3> texts{"How do I bake bread?", "How is bread baked?",
                                                "How do I bake rye bread at home?"};
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto vector = vector_of(1, k_near * static_cast<double>(i));
      ASSERT_TRUE(into.restore({.scope = k_scope, .key = key_of(i + 1), .text = texts[i]}, vector));
    }
  }

  static decision weigh(semantic_cache& cache, double angle) {
    const auto vector = vector_of(1, angle);
    const question of = asked("What is the way to bake bread?", vector);
    return cache.decide(of, *cache.near(of), verified_rule(), k_name).taken;
  }

  static void expect_same(const decision& one, const decision& other) {
    ASSERT_EQ(one.candidates.size(), other.candidates.size());
    for (std::size_t i = 0; i < one.candidates.size(); ++i) {
      EXPECT_DOUBLE_EQ(one.candidates[i].risk, other.candidates[i].risk);
      EXPECT_EQ(one.candidates[i].of.seen, other.candidates[i].of.seen);
    }
  }
};

TEST_F(lane_memory_test, a_restart_changes_no_decision) {
  teach(cache_);
  const auto learned = cache_.take_learned();
  ASSERT_EQ(learned.size(), 1U);
  const auto read = unpacked(packed(learned.front()));
  ASSERT_TRUE(read);
  semantic_cache later{{}, 1};
  restore(later);
  ASSERT_TRUE(later.relearn(*read));
  semantic_cache untaught{{}, 1};
  restore(untaught);
  const auto now = weigh(cache_, k_near / 2);
  expect_same(now, weigh(later, k_near / 2));
  EXPECT_NE(now.candidates.front().risk, weigh(untaught, k_near / 2).candidates.front().risk);
}

TEST_F(lane_memory_test, is_given_once_until_more_is_learned) {
  teach(cache_);
  EXPECT_EQ(cache_.take_learned().size(), 1U);
  EXPECT_TRUE(cache_.take_learned().empty());
  keep(cache_, "How does one bake bread?", k_near / 3, 4, true);
  EXPECT_EQ(cache_.take_learned().size(), 1U);
}

TEST_F(lane_memory_test, what_was_learned_here_is_not_overwritten) {
  teach(cache_);
  const auto learned = cache_.take_learned();
  semantic_cache other{{}, 1};
  teach(other);
  EXPECT_FALSE(other.relearn(learned.front()));
}

TEST_F(lane_memory_test, records_go_on_after_a_restart) {
  teach(cache_);
  semantic_cache later{{}, 1};
  restore(later);
  ASSERT_TRUE(later.relearn(cache_.take_learned().front()));
  keep(later, "How does one bake bread?", k_near / 3, 4, true);
  const auto again = later.take_learned();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_GE(again.front().judged.size(), 1U);
  EXPECT_EQ(again.front().budget.requests, 1U) << "a budget that others may have spent is not inherited";
}

TEST_F(lane_memory_test, only_the_latest_entries_keep_a_record) {
  keep(cache_, "How do I bake bread?", 0, 1);
  for (std::uint64_t i = 0; i < k_judged_kept_max + 20; ++i) {
    const double angle = 0.001 * static_cast<double>(i + 1);
    keep(cache_, "How do I bake bread?", angle, i + 2, false);
  }
  const auto learned = cache_.take_learned();
  ASSERT_EQ(learned.size(), 1U);
  EXPECT_LE(learned.front().judged.size(), k_judged_kept_max);
  EXPECT_LE(packed(learned.front()).size(), 60'000U);
}

TEST_F(lane_memory_test, other_bytes_are_none) {
  teach(cache_);
  const auto bytes = packed(cache_.take_learned().front());
  ASSERT_TRUE(unpacked(bytes));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(unpacked(std::string_view(bytes).substr(0, size))) << size;
  }
  EXPECT_FALSE(unpacked(bytes + "x"));
  for (const std::size_t place : {0U, 1U, 2U, 6U}) { // version, sizes of the arrays, a count beyond the bound
    auto other = bytes;
    other[place] = static_cast<char>(other[place] + 1);
    EXPECT_FALSE(unpacked(other)) << place;
  }
}

TEST_F(lane_memory_test, numbers_that_cannot_be_are_refused) {
  teach(cache_);
  const auto good = cache_.take_learned().front();
  const double none = std::numeric_limits<double>::quiet_NaN();
  std::vector<lane_memory> bad(7, good);
  bad[0].weights[2] = none;
  bad[1].covariance[1][1] = -1;
  bad[2].levels[3].wrong = -1;
  bad[3].budget.pace = none;
  bad[4].budget.served = bad[4].budget.requests + 1;
  bad[5].error_max = none;
  bad[6].error_max = 2;
  for (std::size_t i = 0; i < bad.size(); ++i) {
    EXPECT_FALSE(cache_.relearn(bad[i])) << i;
    semantic_cache fresh{{}, 1};
    EXPECT_FALSE(fresh.relearn(bad[i])) << i;
  }
  auto unknown = good;
  unknown.judged.front().own.shift.variance = none;
  EXPECT_FALSE(unpacked(packed(unknown)));
}

} // namespace
} // namespace inferenceflow::semantic
