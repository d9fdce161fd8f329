#include "embedding/embedding_cache.h"

#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::embedding {
namespace {

vector_ptr vector_with(std::size_t dimensions, const std::string& space = "s") {
  text_vector made;
  made.space = space;
  made.values.assign(dimensions, 0.1F);
  return std::make_shared<const text_vector>(std::move(made));
}

// All in one shard, so that the order of eviction shows.
text_key key(std::uint64_t i) {
  return {0, i};
}

std::size_t charge(std::size_t dimensions) {
  return vector_with(dimensions)->charged_bytes() + embedding_cache::k_entry_overhead_bytes;
}

TEST(embedding_cache_test, finds_what_was_stored_in_its_space_only) {
  embedding_cache cache(1U << 20U);
  cache.store(key(1), vector_with(4));
  EXPECT_NE(cache.find(key(1), "s"), nullptr);
  EXPECT_EQ(cache.find(key(1), "t"), nullptr);
  EXPECT_EQ(cache.find(key(2), "s"), nullptr);
  const auto stats = cache.stats();
  EXPECT_EQ(stats.hits, 1U);
  EXPECT_EQ(stats.misses, 2U);
  EXPECT_EQ(stats.entries, 1U);
  EXPECT_EQ(stats.bytes, charge(4));
}

TEST(embedding_cache_test, the_one_used_longest_ago_goes_first) {
  embedding_cache cache(embedding_cache::k_shards * 3 * charge(4));
  for (std::uint64_t i = 0; i < 3; ++i) {
    cache.store(key(i), vector_with(4));
  }
  EXPECT_NE(cache.find(key(0), "s"), nullptr);
  cache.store(key(3), vector_with(4));
  EXPECT_NE(cache.find(key(0), "s"), nullptr);
  EXPECT_EQ(cache.find(key(1), "s"), nullptr);
  EXPECT_EQ(cache.stats().evicted, 1U);
  EXPECT_EQ(cache.stats().entries, 3U);
}

TEST(embedding_cache_test, the_bound_holds_whatever_comes) {
  const std::size_t bytes_max = embedding_cache::k_shards * 10 * charge(8);
  embedding_cache cache(bytes_max);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    cache.store({i * 0x9e3779b97f4a7c15ULL, i}, vector_with(1 + i % 40));
    ASSERT_LE(cache.stats().bytes, bytes_max);
  }
  cache.store(key(1), vector_with(16'384));
  EXPECT_EQ(cache.find(key(1), "s"), nullptr) << "larger than its shard";
}

TEST(embedding_cache_test, storing_again_replaces) {
  embedding_cache cache(1U << 20U);
  cache.store(key(1), vector_with(4));
  const auto newer = vector_with(8, "t");
  cache.store(key(1), newer);
  EXPECT_EQ(cache.find(key(1), "t"), newer);
  EXPECT_EQ(cache.stats().entries, 1U);
  EXPECT_EQ(cache.stats().bytes, charge(8));
}

TEST(embedding_cache_test, shrinking_evicts_at_once_and_zero_keeps_nothing) {
  embedding_cache cache(1U << 20U);
  for (std::uint64_t i = 0; i < 10; ++i) {
    cache.store(key(i), vector_with(4));
  }
  cache.resize(embedding_cache::k_shards * 2 * charge(4));
  EXPECT_EQ(cache.stats().entries, 2U);
  EXPECT_NE(cache.find(key(9), "s"), nullptr);
  cache.resize(0);
  cache.store(key(1), vector_with(4));
  EXPECT_EQ(cache.stats().entries, 0U);
  EXPECT_EQ(cache.stats().bytes, 0U);
}

} // namespace
} // namespace inferenceflow::embedding
