#include "semantic/kept_index.h"
#include "semantic/tests/cache_fixture.h"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>

namespace inferenceflow::semantic {
namespace {

using namespace testing;
namespace fs = std::filesystem;

class kept_index_test : public semantic_cache_test {
protected:
  kept_index_test() {
    fs::create_directories(folder_);
    for (std::uint64_t i = 1; i <= 5; ++i) {
      put(text_of(i), vector_of(i, 0.1), i);
    }
  }
  ~kept_index_test() override { fs::remove_all(folder_); }

  static std::string text_of(std::uint64_t i) { return "Question about subject " + std::string(i, 'x'); }

  [[nodiscard]] std::string path() const { return (folder_ / "answers.index").string(); }

  /// As a restart does it: vectors first, entries one by one, then the rest is forgotten.
  void restart_into(semantic_cache& later, std::vector<std::uint64_t> keys, vectors::scope_id scope = k_scope) const {
    ASSERT_TRUE(later.load_index(path()));
    for (const auto i : keys) {
      // Another vector than the saved one shows which of them is in the index.
      const auto other = vector_of(i, 0.9);
      ASSERT_TRUE(later.restore({.scope = scope, .key = key_of(i), .text = text_of(i)}, other));
    }
    later.forget_unclaimed();
  }

  static float similarity_of(semantic_cache& cache, std::uint64_t i, vectors::scope_id scope = k_scope) {
    const auto vector = vector_of(i, 0.1);
    const auto near = cache.near(asked(text_of(i), vector, k_lane, scope));
    return near && !near->empty() ? near->front().of.similarity : 0;
  }

  fs::path folder_ = fs::path(::testing::TempDir()) / fs::path("kept_index").concat(std::to_string(::getpid()));
};

TEST_F(kept_index_test, entries_find_their_vectors_again) {
  ASSERT_TRUE(cache_.save_index(path()));
  semantic_cache later{{}, 2};
  restart_into(later, {1, 2, 3, 4, 5});
  for (std::uint64_t i = 1; i <= 5; ++i) {
    EXPECT_NEAR(similarity_of(later, i), 1, 1e-3) << i;
  }
  EXPECT_EQ(later.stats().entries, 5U);
}

TEST_F(kept_index_test, vectors_without_an_entry_go) {
  ASSERT_TRUE(cache_.save_index(path()));
  semantic_cache later{{}, 2};
  restart_into(later, {2, 4});
  ASSERT_TRUE(later.save_index(path()));
  const auto read = read_index(path());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->vectors->size(), 2U);
  EXPECT_EQ(read->ids.size(), 2U);
}

TEST_F(kept_index_test, what_is_asked_after_a_restart_meets_no_saved_vector) {
  ASSERT_TRUE(cache_.save_index(path()));
  semantic_cache later{{}, 2};
  ASSERT_TRUE(later.load_index(path()));
  const auto vector = vector_of(9, 0);
  const entry_id fresh = later.open(asked("Something else?", vector), key_of(9));
  later.keep(fresh, key_of(9));
  ASSERT_TRUE(later.restore({.scope = k_scope, .key = key_of(1), .text = text_of(1)}, vector_of(1, 0.9)));
  later.forget_unclaimed();
  EXPECT_EQ(later.stats().entries, 2U);
  EXPECT_EQ(later.key_of(fresh), key_of(9));
  EXPECT_NEAR(similarity_of(later, 1), 1, 1e-3);
}

TEST_F(kept_index_test, another_scope_is_put_in_anew) {
  ASSERT_TRUE(cache_.save_index(path()));
  semantic_cache later{{}, 2};
  const vectors::scope_id other{.high = 4, .low = 4};
  restart_into(later, {1}, other);
  EXPECT_NEAR(similarity_of(later, 1, other), std::cos(0.8), 1e-2);
  EXPECT_EQ(similarity_of(later, 1), 0);
}

TEST_F(kept_index_test, a_second_save_replaces_the_first_and_leaves_nothing) {
  ASSERT_TRUE(cache_.save_index(path()));
  put(text_of(6), vector_of(6, 0.1), 6);
  ASSERT_TRUE(cache_.save_index(path()));
  const auto files = std::distance(fs::directory_iterator(folder_), fs::directory_iterator());
  EXPECT_EQ(files, 2) << "keys and vectors";
  const auto read = read_index(path());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->ids.size(), 6U);
}

TEST_F(kept_index_test, damaged_files_are_refused_and_change_nothing) {
  ASSERT_TRUE(cache_.save_index(path()));
  std::vector<fs::path> files;
  for (const auto& file : fs::directory_iterator(folder_)) {
    files.push_back(file.path());
  }
  ASSERT_EQ(files.size(), 2U);
  for (const auto& file : files) {
    std::ostringstream whole;
    whole << std::ifstream(file, std::ios::binary).rdbuf();
    const std::string bytes = whole.str();
    for (const std::size_t size : {std::size_t{0}, std::size_t{7}, bytes.size() / 2, bytes.size() - 1}) {
      std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes.substr(0, size);
      semantic_cache later{{}, 2};
      EXPECT_FALSE(later.load_index(path())) << file << " cut to " << size;
      EXPECT_TRUE(later.restore({.scope = k_scope, .key = key_of(1), .text = text_of(1)}, vector_of(1, 0.1)));
      EXPECT_NEAR(similarity_of(later, 1), 1, 1e-3);
    }
    std::string flipped = bytes;
    flipped[bytes.size() / 2] = static_cast<char>(flipped[bytes.size() / 2] ^ 1);
    std::ofstream(file, std::ios::binary | std::ios::trunc) << flipped;
    semantic_cache later{{}, 2};
    EXPECT_FALSE(later.load_index(path())) << file << " with one bit flipped";
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
  }
  semantic_cache whole{{}, 2};
  EXPECT_TRUE(whole.load_index(path())) << "as it was";
}

TEST_F(kept_index_test, without_files_or_a_folder_it_says_so) {
  semantic_cache later{{}, 2};
  const auto none = later.load_index(path());
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, error_kind::not_found);
  const auto nowhere = cache_.save_index((folder_ / "missing" / "answers.index").string());
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().kind, error_kind::unavailable);
}

TEST_F(kept_index_test, a_smaller_bound_lets_fewer_in) {
  ASSERT_TRUE(cache_.save_index(path()));
  semantic_cache later{{.bytes_max = 3'000}, 2};
  ASSERT_TRUE(later.load_index(path()));
  for (std::uint64_t i = 1; i <= 5; ++i) {
    (void)later.restore({.scope = k_scope, .key = key_of(i), .text = text_of(i)}, vector_of(i, 0.1));
  }
  later.forget_unclaimed();
  EXPECT_LE(later.stats().bytes, 3'000U);
  EXPECT_LT(later.stats().entries, 5U);
}

} // namespace
} // namespace inferenceflow::semantic
