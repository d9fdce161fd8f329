#include "semantic/entry_table.h"

#include <gtest/gtest.h>
#include <random>
#include <set>

namespace inferenceflow::semantic {
namespace {

constexpr std::size_t k_vector_bytes = 100;
constexpr std::size_t k_roomy = 1U << 20U;

cache::cache_key key_of(std::uint64_t n) {
  return {.high = 7, .low = n};
}

entry kept(std::uint64_t key, const std::string& text = "a question") {
  entry made{};
  made.key = key_of(key);
  made.text = std::make_shared<const std::string>(text);
  return made;
}

entry running(const std::string& text = "a question") {
  entry made{};
  made.pending = true;
  made.text = std::make_shared<const std::string>(text);
  return made;
}

TEST(entry_table, is_empty_at_first) {
  entry_table table{k_roomy};
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(table.oldest(), 0U);
  EXPECT_EQ(table.victim(), 0U);
  EXPECT_EQ(table.find(1), nullptr);
  EXPECT_EQ(table.by_key(key_of(1)), 0U);
  EXPECT_FALSE(table.erase(1));
}

TEST(entry_table, finds_by_id_and_by_key) {
  entry_table table{k_roomy};
  const entry_id one = table.add(kept(1), k_vector_bytes);
  const entry_id two = table.add(kept(2), k_vector_bytes);
  EXPECT_NE(one, two);
  EXPECT_EQ(table.by_key(key_of(2)), two);
  EXPECT_EQ(table.find(one)->key, key_of(1));
  EXPECT_TRUE(table.erase(one));
  EXPECT_EQ(table.find(one), nullptr);
  EXPECT_EQ(table.by_key(key_of(1)), 0U);
  EXPECT_EQ(table.by_key(key_of(2)), two);
}

TEST(entry_table, a_pending_entry_has_no_key_until_its_call_has_ended) {
  entry_table table{k_roomy};
  const entry_id id = table.add(running(), k_vector_bytes);
  EXPECT_EQ(table.by_key({}), 0U);
  table.keep(id, key_of(5));
  EXPECT_EQ(table.by_key(key_of(5)), id);
  EXPECT_FALSE(table.find(id)->pending);
  table.keep(id, key_of(6));
  EXPECT_EQ(table.by_key(key_of(6)), id);
  EXPECT_EQ(table.by_key(key_of(5)), 0U) << "it is under one key at a time";
  table.keep(99, key_of(7));
  EXPECT_EQ(table.by_key(key_of(7)), 0U);
}

TEST(entry_table, charges_text_and_vector) {
  entry_table table{k_roomy};
  const entry_id small = table.add(kept(1), k_vector_bytes);
  const std::size_t one = table.bytes();
  EXPECT_GT(one, k_vector_bytes + sizeof(entry));
  const entry_id large = table.add(kept(2, std::string(5'000, 'x')), k_vector_bytes + 50);
  EXPECT_GE(table.bytes(), 2 * one + 4'900 + 50);
  table.erase(large);
  EXPECT_EQ(table.bytes(), one);
  table.erase(small);
  EXPECT_EQ(table.bytes(), 0U);
}

TEST(entry_table, gives_up_the_oldest_that_was_not_used) {
  entry_table table{k_roomy};
  const entry_id first = table.add(kept(1), k_vector_bytes);
  const entry_id second = table.add(kept(2), k_vector_bytes);
  const entry_id third = table.add(kept(3), k_vector_bytes);
  table.find(first)->used = true;
  EXPECT_EQ(table.victim(), second);
  table.erase(second);
  EXPECT_EQ(table.victim(), third) << "the first has moved behind it";
  table.erase(third);
  EXPECT_EQ(table.victim(), first) << "one use saves once";
}

TEST(entry_table, never_gives_up_a_pending_one) {
  entry_table table{k_roomy};
  const entry_id first = table.add(running(), k_vector_bytes);
  table.add(running(), k_vector_bytes);
  EXPECT_EQ(table.victim(), 0U);
  const entry_id ended = table.add(kept(3), k_vector_bytes);
  EXPECT_EQ(table.victim(), ended);
  table.keep(first, key_of(1));
  table.erase(ended);
  EXPECT_EQ(table.victim(), first);
}

TEST(entry_table, is_full_beyond_its_bound) {
  entry_table table{0};
  EXPECT_FALSE(table.full());
  table.add(kept(1), k_vector_bytes);
  EXPECT_TRUE(table.full());
  table.set_bytes_max(table.bytes());
  EXPECT_FALSE(table.full());
}

TEST(entry_table, entries_share_an_answer_until_the_last_has_gone) {
  entry_table table{k_roomy};
  const entry_id one = table.add(kept(1), k_vector_bytes);
  const entry_id two = table.add(kept(2), k_vector_bytes);
  const entry_id three = table.add(kept(3), k_vector_bytes);
  EXPECT_NE(table.find(one)->answer, table.find(two)->answer);
  table.answer_of(*table.find(one)).seen.right = 5;
  table.join(*table.find(two), *table.find(one));
  table.join(*table.find(three), *table.find(two));
  table.join(*table.find(three), *table.find(one));
  EXPECT_EQ(table.answer_of(*table.find(three)).seen.right, 5);
  table.erase(one);
  EXPECT_EQ(table.answer_of(*table.find(two)).seen.right, 5) << "an answer outlives the entry it came with";
  table.erase(two);
  table.erase(three);
  EXPECT_EQ(table.size(), 0U);
}

/// Everything in any order, against what must hold.
TEST(entry_table, holds_together_whatever_happens) {
  std::mt19937_64 draws{21};
  entry_table table{20'000};
  std::set<entry_id> there;
  const auto any = [&] {
    auto at = there.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(draws() % there.size()));
    return *at;
  };
  for (std::uint64_t i = 1; i <= 20'000; ++i) {
    switch (there.empty() ? 0 : draws() % 6) {
    case 0:
    case 1:
      there.insert(table.add(draws() % 2 == 0 ? kept(draws() % 64) : running(), k_vector_bytes));
      while (table.full()) {
        const entry_id oldest = table.victim();
        if (oldest == 0) {
          break;
        }
        ASSERT_EQ(there.erase(oldest), 1U);
        ASSERT_TRUE(table.erase(oldest));
      }
      break;
    case 2: table.keep(any(), key_of(draws() % 64)); break;
    case 3: table.join(*table.find(any()), *table.find(any())); break;
    case 4: table.find(any())->used = true; break;
    default:
      const entry_id gone = any();
      ASSERT_TRUE(table.erase(gone));
      there.erase(gone);
    }
    ASSERT_EQ(table.size(), there.size());
    const entry_id named = table.by_key(key_of(draws() % 64));
    ASSERT_TRUE(named == 0 || there.contains(named));
    if (!there.empty()) {
      ASSERT_GE(table.answer_of(*table.find(any())).shift.variance, 0);
    }
  }
  for (const entry_id id : there) {
    ASSERT_TRUE(table.erase(id));
  }
  EXPECT_EQ(table.bytes(), 0U);
}

} // namespace
} // namespace inferenceflow::semantic
