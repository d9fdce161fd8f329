// Meant for the thread sanitizer; and a search must never see half an entry.
#include "vectors/tests/clustered_vectors.h"
#include "vectors/vector_index.h"

#include <atomic>
#include <gtest/gtest.h>
#include <thread>

#if defined(__SANITIZE_THREAD__)
// hnswlib locks rows in any order, which could only matter to two inserts into one graph, and those never run at once.
// scripts/sanitizers/tsan.supp names it, but reports about locks of a graph that is gone have no names left.
extern "C" const char* __tsan_default_options() { // NOLINT(bugprone-reserved-identifier): the sanitizer's name
  return "detect_deadlocks=0";
}
#endif

namespace inferenceflow::vectors {
namespace {

using testing::clustered_vectors;

constexpr std::size_t k_dimension = 32;

// An entry's vector follows from its id: whatever a search finds with another similarity than that vector has was seen
// half-written, or under another entry's name. Every seventh entry is a twin of the others of its kind.
TEST(vector_index_threads, searches_see_whole_entries_while_others_change_them) {
  constexpr std::uint64_t k_ids = 400;
  constexpr int k_steps = 3'000;
  constexpr std::size_t k_kinds = 4;
  clustered_vectors make{k_dimension, 1, 1};
  const row_format format{k_dimension};
  std::vector<std::vector<float>> kinds;
  for (std::size_t i = 0; i < k_kinds; ++i) {
    kinds.push_back(make.any());
  }
  std::vector<std::vector<float>> vectors;
  std::vector<std::vector<float>> expected(k_kinds);
  for (entry_id id = 0; id < k_ids; ++id) {
    const auto& kind = kinds[id % k_kinds];
    vectors.push_back(id % 7 == 0 ? kind : make.near(kind, 0.5F));
    std::vector<std::byte> row(format.row_bytes());
    std::vector<std::byte> query(format.row_bytes());
    ASSERT_TRUE(format.quantise(vectors.back(), row.data()));
    for (std::size_t i = 0; i < k_kinds; ++i) {
      ASSERT_TRUE(format.quantise(kinds[i], query.data()));
      expected[i].push_back(format.similarity(query.data(), row.data()));
    }
  }
  const auto index = std::move(*vector_index::make(k_dimension, {.bytes_max = 2U << 20U, .exact_rows_max = 64}));
  std::atomic<int> wrong{0};
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (unsigned worker = 0; worker < 2; ++worker) {
    threads.emplace_back([&, worker] {
      std::mt19937_64 random{worker};
      for (int step = 0; step < k_steps; ++step) {
        const scope_id scope{.high = random() % 2, .low = 0};
        const entry_id id = random() % k_ids;
        if (random() % 5 < 3) {
          const auto inserted = index->insert(scope, id, vectors[id]);
          wrong += !inserted && inserted.error().kind == error_kind::invalid_request ? 1 : 0;
        } else {
          index->erase(scope, id);
        }
        if (step % 1'000 == 999) {
          index->erase_scope(scope);
        }
      }
    });
  }
  for (unsigned worker = 0; worker < 2; ++worker) {
    threads.emplace_back([&, worker] {
      std::mt19937_64 random{10 + worker};
      while (!stop) {
        const scope_id scope{.high = random() % 2, .low = 0};
        const auto kind = random() % k_kinds;
        for (const auto& each : *index->nearest(scope, kinds[kind], 10)) {
          wrong += each.similarity != expected[kind][each.id] ? 1 : 0;
        }
        wrong += index->bytes() > index->bytes_max() ? 1 : 0;
      }
    });
  }
  threads[0].join();
  threads[1].join();
  stop = true;
  threads[2].join();
  threads[3].join();
  EXPECT_EQ(wrong, 0);
  index->erase_scope({.high = 0, .low = 0});
  index->erase_scope({.high = 1, .low = 0});
  EXPECT_EQ(index->bytes(), 0U);
}

// Scopes that appear and vanish: an insert must not land in one that is being forgotten.
TEST(vector_index_threads, nothing_is_lost_when_scopes_come_and_go) {
  const auto index = std::move(*vector_index::make(k_dimension, {.exact_rows_max = 4}));
  constexpr int k_steps = 4'000;
  constexpr unsigned k_workers = 3;
  std::atomic<int> lost{0};
  std::vector<std::thread> threads;
  for (unsigned worker = 0; worker < k_workers; ++worker) {
    threads.emplace_back([&, worker] {
      clustered_vectors make{k_dimension, 1, worker};
      const auto vector = make.any();
      for (int step = 0; step < k_steps; ++step) {
        const scope_id scope{.high = static_cast<std::uint64_t>(step % 2), .low = 0};
        lost += index->insert(scope, worker, vector) ? 0 : 1;
        lost += index->contains(scope, worker) ? 0 : 1;
        lost += index->erase(scope, worker) ? 0 : 1;
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(lost, 0);
  EXPECT_EQ(index->size(), 0U);
  EXPECT_EQ(index->bytes(), 0U);
}

} // namespace
} // namespace inferenceflow::vectors
