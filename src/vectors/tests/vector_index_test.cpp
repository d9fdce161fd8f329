#include "vectors/tests/clustered_vectors.h"
#include "vectors/vector_index.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <limits>
#include <map>
#include <set>

namespace inferenceflow::vectors {
namespace {

using testing::clustered_vectors;

constexpr std::size_t k_dimension = 48;
constexpr scope_id k_scope{.high = 1, .low = 2};
constexpr scope_id k_other{.high = 1, .low = 3};

std::unique_ptr<vector_index> make_index(index_limits limits = {}) {
  auto made = vector_index::make(k_dimension, limits);
  EXPECT_TRUE(made.has_value());
  return std::move(*made);
}

std::vector<entry_id> ids_of(const std::vector<neighbour>& found) {
  std::vector<entry_id> ids;
  for (const auto& each : found) {
    ids.push_back(each.id);
  }
  return ids;
}

/// Brute force over the same quantised rows.
class brute_force {
public:
  void insert(entry_id id, const std::vector<float>& vector) {
    std::vector<std::byte> row(format_.row_bytes());
    ASSERT_TRUE(format_.quantise(vector, row.data()));
    rows_[id] = row;
  }
  void erase(entry_id id) { rows_.erase(id); }
  [[nodiscard]] bool contains(entry_id id) const { return rows_.count(id) != 0; }
  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  [[nodiscard]] entry_id nth(std::size_t n) const {
    return std::next(rows_.begin(), static_cast<std::ptrdiff_t>(n % rows_.size()))->first;
  }
  [[nodiscard]] std::vector<neighbour> nearest(const std::vector<float>& vector, std::size_t count) const {
    std::vector<std::byte> query(format_.row_bytes());
    EXPECT_TRUE(format_.quantise(vector, query.data()));
    std::vector<neighbour> all;
    for (const auto& [id, row] : rows_) {
      all.push_back({.id = id, .similarity = format_.similarity(query.data(), row.data())});
    }
    std::sort(all.begin(), all.end(), better);
    all.resize(std::min(count, all.size()));
    return all;
  }

private:
  row_format format_{k_dimension};
  std::map<entry_id, std::vector<std::byte>> rows_;
};

TEST(vector_index, finds_the_nearest_first_and_only_in_its_scope) {
  clustered_vectors make{k_dimension, 1, 1};
  const auto index = make_index();
  const auto query = make.any();
  ASSERT_TRUE(index->insert(k_scope, 1, make.near(query, 0.9F)));
  ASSERT_TRUE(index->insert(k_scope, 2, make.near(query, 0.1F)));
  ASSERT_TRUE(index->insert(k_scope, 3, make.near(query, 0.4F)));
  ASSERT_TRUE(index->insert(k_other, 4, query));
  EXPECT_EQ(ids_of(*index->nearest(k_scope, query, 5)), (std::vector<entry_id>{2, 3, 1}));
  EXPECT_EQ(ids_of(*index->nearest(k_scope, query, 2)), (std::vector<entry_id>{2, 3}));
  EXPECT_EQ(ids_of(*index->nearest(k_other, query, 5)), (std::vector<entry_id>{4}));
  EXPECT_TRUE(index->nearest({.high = 9, .low = 9}, query, 5)->empty());
  EXPECT_TRUE(index->nearest(k_scope, query, 0)->empty());
  EXPECT_EQ(index->size(), 4U);
  EXPECT_EQ(index->size(k_scope), 3U);
}

TEST(vector_index, equally_near_ones_come_by_id) {
  clustered_vectors make{k_dimension, 1, 2};
  const auto index = make_index();
  const auto vector = make.any();
  for (const entry_id id : {9U, 3U, 7U, 1U}) {
    ASSERT_TRUE(index->insert(k_scope, id, vector));
  }
  EXPECT_EQ(ids_of(*index->nearest(k_scope, vector, 3)), (std::vector<entry_id>{1, 3, 7}));
}

TEST(vector_index, refuses_wrong_vectors_and_changes_nothing) {
  const auto index = make_index();
  std::vector<float> vector(k_dimension, 0.0F);
  EXPECT_EQ(index->insert(k_scope, 1, vector).error().kind, error_kind::invalid_request);
  vector[3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(index->insert(k_scope, 1, vector).error().kind, error_kind::invalid_request);
  EXPECT_EQ(index->nearest(k_scope, vector, 1).error().kind, error_kind::invalid_request);
  const std::vector<float> longer(k_dimension + 1, 1.0F);
  EXPECT_EQ(index->insert(k_scope, 1, longer).error().kind, error_kind::invalid_request);
  EXPECT_EQ(index->nearest(k_scope, longer, 1).error().kind, error_kind::invalid_request);
  EXPECT_EQ(index->size(), 0U);
  EXPECT_EQ(index->bytes(), 0U);
}

TEST(vector_index, refuses_impossible_dimensions) {
  EXPECT_FALSE(vector_index::make(0).has_value());
  EXPECT_FALSE(vector_index::make(k_dimension_max + 1).has_value());
  EXPECT_FALSE(vector_index::make(8, {.exact_rows_max = 0}).has_value());
  EXPECT_TRUE(vector_index::make(k_dimension_max).has_value());
}

TEST(vector_index, an_id_is_taken_once_per_scope) {
  clustered_vectors make{k_dimension, 1, 3};
  const auto index = make_index();
  const auto vector = make.any();
  ASSERT_TRUE(index->insert(k_scope, 1, vector));
  EXPECT_EQ(index->insert(k_scope, 1, make.any()).error().kind, error_kind::conflict);
  EXPECT_TRUE(index->insert(k_other, 1, vector));
  EXPECT_FLOAT_EQ(index->nearest(k_scope, vector, 1)->front().similarity, 1.0F);
  EXPECT_TRUE(index->erase(k_scope, 1));
  EXPECT_FALSE(index->erase(k_scope, 1));
  EXPECT_TRUE(index->contains(k_other, 1));
  EXPECT_TRUE(index->insert(k_scope, 1, vector));
}

TEST(vector_index, erasing_gives_every_byte_back) {
  clustered_vectors make{k_dimension, 8, 4};
  const auto index = make_index({.exact_rows_max = 64});
  for (entry_id id = 0; id < 500; ++id) {
    ASSERT_TRUE(index->insert(k_scope, id, make.member()));
    ASSERT_TRUE(index->insert({.high = id, .low = 0}, id, make.member()));
  }
  EXPECT_EQ(index->erase_scope(k_scope), 500U);
  EXPECT_EQ(index->erase_scope(k_scope), 0U);
  EXPECT_EQ(index->size(), 500U);
  for (entry_id id = 0; id < 500; ++id) {
    EXPECT_TRUE(index->erase({.high = id, .low = 0}, id));
  }
  EXPECT_EQ(index->bytes(), 0U);
  EXPECT_EQ(index->size(), 0U);
}

TEST(vector_index, keeps_its_bound_in_bytes) {
  clustered_vectors make{k_dimension, 8, 5};
  constexpr std::size_t k_bytes_max = 3'000'000;
  const auto index = make_index({.bytes_max = k_bytes_max, .exact_rows_max = 64});
  entry_id id = 0;
  result<void> inserted;
  while ((inserted = index->insert({.high = id % 3, .low = 0}, id, make.member()))) {
    ASSERT_LE(index->bytes(), k_bytes_max);
    ASSERT_LT(++id, 100'000U);
  }
  EXPECT_EQ(inserted.error().kind, error_kind::unavailable);
  EXPECT_EQ(index->size(), id);
  EXPECT_GT(id, 500U);
  // A scope that does not fit leaves no trace either.
  const auto before = index->bytes();
  while (index->insert({.high = 77, .low = id}, id, make.member())) {
    ++id;
  }
  EXPECT_LE(index->bytes(), k_bytes_max);
  EXPECT_GE(index->bytes(), before);
  index->erase_scope({.high = 0, .low = 0});
  EXPECT_TRUE(index->insert({.high = 5, .low = 0}, id, make.member()));
}

/// Interleaved inserts, erasures and searches; `exact` says whether results must be the very same.
void compare_with_brute_force(std::size_t exact_rows_max, bool exact, std::uint64_t seed) {
  clustered_vectors make{k_dimension, 20, seed};
  const auto index = make_index({.exact_rows_max = exact_rows_max});
  brute_force truth;
  std::size_t wanted = 0;
  std::size_t right = 0;
  std::size_t first_right = 0;
  std::size_t searches = 0;
  entry_id next = 0;
  for (int step = 0; step < 12'000; ++step) {
    // Grows, is turned over, shrinks to nothing, and grows again.
    const auto phase = step / 3'000;
    const std::size_t inserts_of_ten = phase == 0 ? 8 : phase == 1 ? 5 : phase == 2 ? 1 : 7;
    if (make.number() % 10 < inserts_of_ten || truth.size() == 0) {
      const auto vector = make.member();
      const entry_id id = next++ * 0x9E3779B97F4A7C15U;
      truth.insert(id, vector);
      ASSERT_TRUE(index->insert(k_scope, id, vector));
    } else {
      const auto id = truth.nth(make.number());
      truth.erase(id);
      ASSERT_TRUE(index->erase(k_scope, id));
      ASSERT_FALSE(index->contains(k_scope, id));
    }
    ASSERT_EQ(index->size(), truth.size());
    if (step % 10 == 0) {
      const auto query = make.member();
      const auto expected = truth.nearest(query, 5);
      const auto found = *index->nearest(k_scope, query, 5);
      ASSERT_EQ(found.size(), expected.size());
      ++searches;
      wanted += expected.size();
      first_right += !found.empty() && found.front() == expected.front() ? 1U : 0U;
      for (const auto& each : found) {
        ASSERT_TRUE(truth.contains(each.id));
        right += std::find(expected.begin(), expected.end(), each) != expected.end() ? 1U : 0U;
      }
      ASSERT_TRUE(std::is_sorted(found.begin(), found.end(), better));
    }
  }
  EXPECT_GE(right, exact ? wanted : wanted * 95 / 100);
  EXPECT_GE(first_right, exact ? searches : searches * 98 / 100);
}

TEST(vector_index, exact_scan_is_brute_force) {
  compare_with_brute_force(1'000'000, true, 6);
}

TEST(vector_index, graph_agrees_with_brute_force_while_entries_come_and_go) {
  compare_with_brute_force(200, false, 7);
  compare_with_brute_force(1, false, 8);
}

TEST(vector_index, recall_on_clustered_vectors) {
  clustered_vectors make{k_dimension, 100, 9};
  const auto index = make_index({.exact_rows_max = 100});
  brute_force truth;
  for (entry_id id = 0; id < 5'000; ++id) {
    const auto vector = make.member();
    truth.insert(id, vector);
    ASSERT_TRUE(index->insert(k_scope, id, vector));
  }
  std::size_t first = 0;
  std::size_t five = 0;
  constexpr std::size_t k_queries = 300;
  for (std::size_t i = 0; i < k_queries; ++i) {
    const auto query = make.member();
    const auto expected = truth.nearest(query, 5);
    const auto found = *index->nearest(k_scope, query, 5);
    first += found.front() == expected.front() ? 1U : 0U;
    for (const auto& each : found) {
      five += std::find(expected.begin(), expected.end(), each) != expected.end() ? 1U : 0U;
    }
  }
  EXPECT_GE(first, k_queries * 98 / 100);
  EXPECT_GE(five, k_queries * 5 * 95 / 100);
}

TEST(vector_index, a_thousand_equal_vectors_and_their_neighbours_are_all_found) {
  clustered_vectors make{k_dimension, 1, 10};
  const auto index = make_index({.exact_rows_max = 16});
  const auto vector = make.any();
  for (entry_id id = 0; id < 1'000; ++id) {
    ASSERT_TRUE(index->insert(k_scope, id, vector));
  }
  const auto elsewhere = make.any();
  ASSERT_TRUE(index->insert(k_scope, 5'000, elsewhere));
  for (entry_id id = 1'000; id < 2'000; ++id) {
    ASSERT_TRUE(index->insert(k_scope, id, vector));
  }
  EXPECT_FLOAT_EQ(index->nearest(k_scope, vector, 1)->front().similarity, 1.0F);
  EXPECT_EQ(index->nearest(k_scope, elsewhere, 1)->front().id, 5'000U);
  const auto found = *index->nearest(k_scope, vector, 100);
  ASSERT_EQ(found.size(), 100U);
  EXPECT_EQ(found.front().id, 0U);
  EXPECT_EQ(found.back().id, 99U);
  // Whichever of them has the slot: the others outlive it.
  for (entry_id id = 0; id < 1'990; ++id) {
    ASSERT_TRUE(index->erase(k_scope, id));
  }
  EXPECT_EQ(index->size(), 11U);
  EXPECT_EQ(index->nearest(k_scope, vector, 20)->size(), 11U);
  EXPECT_EQ(index->nearest(k_scope, vector, 1)->front(), (neighbour{.id = 1'990, .similarity = 1.0F}));
}

// The nearest hundreds of rows are all erased: the search must walk on through them.
TEST(vector_index, a_whole_erased_cluster_does_not_hide_the_rest) {
  clustered_vectors make{k_dimension, 4, 11};
  const auto index = make_index({.exact_rows_max = 50});
  const auto centre = make.any();
  for (entry_id id = 0; id < 1'000; ++id) {
    ASSERT_TRUE(index->insert(k_scope, id, make.near(centre, 0.3F)));
    ASSERT_TRUE(index->insert(k_scope, 10'000 + id, make.member()));
  }
  for (entry_id id = 0; id < 1'000; ++id) {
    ASSERT_TRUE(index->erase(k_scope, id));
  }
  const auto found = *index->nearest(k_scope, centre, 5);
  ASSERT_EQ(found.size(), 5U);
  for (const auto& each : found) {
    EXPECT_GE(each.id, 10'000U);
  }
}

TEST(vector_index, visits_every_entry_once_and_may_be_called_back) {
  clustered_vectors make{k_dimension, 4, 12};
  const auto index = make_index({.exact_rows_max = 50});
  std::set<std::pair<std::uint64_t, entry_id>> expected;
  for (entry_id id = 0; id < 300; ++id) {
    const scope_id scope{.high = id % 2 == 0 ? 0 : id, .low = 5};
    ASSERT_TRUE(index->insert(scope, id, make.member()));
    expected.emplace(scope.high, id);
  }
  std::set<std::pair<std::uint64_t, entry_id>> visited;
  index->for_each([&](const scope_id& scope, entry_id id) {
    EXPECT_TRUE(visited.emplace(scope.high, id).second);
    EXPECT_TRUE(index->erase(scope, id));
  });
  EXPECT_EQ(visited, expected);
  EXPECT_EQ(index->bytes(), 0U);
}

} // namespace
} // namespace inferenceflow::vectors
