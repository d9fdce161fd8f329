#include "vectors/index_file.h"
#include "vectors/tests/clustered_vectors.h"
#include "vectors/vector_index.h"

#include <atomic>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace inferenceflow::vectors {
namespace {

namespace fs = std::filesystem;
using testing::clustered_vectors;

constexpr std::size_t k_dimension = 32;
constexpr scope_id k_small{.high = 1, .low = 1};
constexpr scope_id k_large{.high = 2, .low = 2};

std::unique_ptr<vector_index> make_index(std::size_t dimension = k_dimension, std::size_t bytes_max = 64U << 20U) {
  return std::move(*vector_index::make(dimension, {.bytes_max = bytes_max, .exact_rows_max = 60}));
}

class vector_index_file : public ::testing::Test {
protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("iflow-vectors-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    path_ = (folder_ / "index").string();
  }
  void TearDown() override { fs::remove_all(folder_); }

  /// A small scope, and a large one with a graph, rows not yet moved into it, and erased slots.
  std::unique_ptr<vector_index> filled(std::size_t large = 110) {
    auto index = make_index();
    for (entry_id id = 0; id < 20; ++id) {
      EXPECT_TRUE(index->insert(k_small, id, make_.member()));
    }
    const auto often = make_.any();
    for (entry_id id = 0; id < large; ++id) {
      EXPECT_TRUE(index->insert(k_large, id, id % 7 == 0 ? often : make_.member()));
      if (id % 10 == 9) {
        EXPECT_TRUE(index->erase(k_large, id));
      }
    }
    return index;
  }

  std::string content() const {
    std::ifstream in{path_, std::ios::binary};
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& bytes) const { std::ofstream{path_, std::ios::binary} << bytes; }
  /// With a checksum that is right whatever `bytes` says.
  void write_sealed(std::string bytes) const {
    checksum sum;
    sum.add(bytes.data(), bytes.size() - sizeof(checksum::value));
    const auto value = sum.current();
    std::memcpy(bytes.data() + bytes.size() - sizeof value, &value, sizeof value);
    write(bytes);
  }
  void expect_refused(error_kind kind, const char* says) const {
    auto index = make_index();
    ASSERT_TRUE(index->insert(k_small, 1, std::vector<float>(k_dimension, 1.0F)));
    const auto loaded = index->load(path_);
    ASSERT_FALSE(loaded.has_value()) << says;
    EXPECT_EQ(loaded.error().kind, kind) << loaded.error().message;
    EXPECT_NE(loaded.error().message.find(says), std::string::npos) << loaded.error().message;
    EXPECT_EQ(index->size(), 0U);
    EXPECT_EQ(index->bytes(), 0U);
    EXPECT_TRUE(index->insert(k_small, 1, std::vector<float>(k_dimension, 1.0F)));
  }

  fs::path folder_;
  std::string path_;
  clustered_vectors make_{k_dimension, 5, 1};
};

TEST_F(vector_index_file, loads_what_was_saved_and_goes_on) {
  const auto saved = filled(400);
  ASSERT_TRUE(saved->save(path_));
  auto loaded = make_index();
  const auto result = loaded->load(path_);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(loaded->size(), saved->size());
  EXPECT_EQ(loaded->size(k_large), saved->size(k_large));
  EXPECT_GT(loaded->bytes(), 0U);
  for (int i = 0; i < 100; ++i) {
    const auto query = make_.member();
    EXPECT_EQ(*loaded->nearest(k_large, query, 5), *saved->nearest(k_large, query, 5));
    EXPECT_EQ(*loaded->nearest(k_small, query, 5), *saved->nearest(k_small, query, 5));
  }
  for (entry_id id = 1'000; id < 2'000; ++id) { // takes erased slots first, then grows
    ASSERT_TRUE(loaded->insert(k_large, id, make_.member()));
  }
  const auto special = make_.any();
  ASSERT_TRUE(loaded->insert(k_large, 5'000, special));
  EXPECT_EQ(loaded->nearest(k_large, special, 1)->front().id, 5'000U);
  loaded->erase_scope(k_large);
  loaded->erase_scope(k_small);
  EXPECT_EQ(loaded->bytes(), 0U);
}

TEST_F(vector_index_file, an_empty_index_too) {
  ASSERT_TRUE(make_index()->save(path_));
  const auto index = filled();
  ASSERT_TRUE(index->load(path_));
  EXPECT_EQ(index->size(), 0U);
}

TEST_F(vector_index_file, is_for_its_owner_alone_and_leaves_no_rest) {
  ASSERT_TRUE(filled()->save(path_));
  struct stat status = {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(std::distance(fs::directory_iterator{folder_}, fs::directory_iterator{}), 1);
}

TEST_F(vector_index_file, a_failed_save_leaves_the_old_file) {
  const auto index = filled();
  ASSERT_TRUE(index->save(path_));
  const auto before = content();
  EXPECT_EQ(index->save((folder_ / "missing" / "index").string()).error().kind, error_kind::unavailable);
  // A full disk, as far as a process can make one: writes beyond the limit fail with EFBIG.
  struct rlimit old = {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const struct rlimit little = {.rlim_cur = 1'000, .rlim_max = old.rlim_max};
  auto* const handler = ::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &little), 0);
  const auto saved = index->save(path_);
  ::setrlimit(RLIMIT_FSIZE, &old);
  ::signal(SIGXFSZ, handler);
  ASSERT_FALSE(saved.has_value());
  EXPECT_EQ(saved.error().kind, error_kind::unavailable);
  EXPECT_EQ(content(), before);
  EXPECT_EQ(std::distance(fs::directory_iterator{folder_}, fs::directory_iterator{}), 1);
}

TEST_F(vector_index_file, absent_or_no_file) {
  expect_refused(error_kind::not_found, "cannot open");
  fs::create_directory(path_);
  expect_refused(error_kind::unavailable, "no regular file");
  fs::remove(path_);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  expect_refused(error_kind::unavailable, "no regular file");
}

TEST_F(vector_index_file, truncated_at_every_length) {
  ASSERT_TRUE(filled()->save(path_));
  const auto whole = content();
  for (std::size_t length = 0; length < whole.size(); length += length < 64 ? 1 : 97) {
    write(whole.substr(0, length));
    expect_refused(error_kind::invalid_request, "byte ");
  }
}

TEST_F(vector_index_file, any_flipped_bit_is_noticed) {
  ASSERT_TRUE(filled()->save(path_));
  const auto whole = content();
  for (std::size_t at = 0; at < whole.size(); at += 31) {
    auto broken = whole;
    broken[at] = static_cast<char>(broken[at] ^ (1 << (at % 8)));
    write(broken);
    expect_refused(error_kind::invalid_request, "byte ");
  }
  write(whole + "x");
  expect_refused(error_kind::invalid_request, "byte ");
}

TEST_F(vector_index_file, of_another_kind_version_dimension_or_size) {
  ASSERT_TRUE(filled()->save(path_));
  const auto whole = content();
  auto changed = whole;
  changed[0] = 'x';
  write_sealed(changed);
  expect_refused(error_kind::invalid_request, "no vector index");
  changed = whole;
  changed[8] = 9;
  write_sealed(changed);
  expect_refused(error_kind::invalid_request, "version 9");
  write(whole);
  auto other = make_index(k_dimension * 2);
  EXPECT_NE(other->load(path_).error().message.find("vectors of 32 components"), std::string::npos);
  auto smaller = make_index(k_dimension, 10'000);
  EXPECT_EQ(smaller->load(path_).error().kind, error_kind::unavailable);
  EXPECT_EQ(smaller->size(), 0U);
}

// Whoever can write the file can also make its checksum right. Whatever it says then, nothing may crash or read beyond
// a buffer (run under the address sanitizer); most changes are refused, the others give an index that is merely wrong.
TEST_F(vector_index_file, a_forged_file_cannot_crash) {
  ASSERT_TRUE(filled()->save(path_));
  const auto whole = content();
  std::mt19937_64 random{1};
  int refused = 0;
  int taken = 0;
  constexpr std::uint32_t k_values[] = {0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 0x80000000, 0x00010000, 200};
  for (int round = 0; round < 2'000; ++round) {
    auto forged = whole;
    for (std::uint64_t changes = 1 + random() % 3; changes > 0; --changes) {
      const std::uint32_t value =
          random() % 2 == 0 ? static_cast<std::uint32_t>(random() % 256) : k_values[random() % std::size(k_values)];
      // Bytes, words, and both at odd places: links start at any offset.
      std::memcpy(forged.data() + random() % (forged.size() - 24), &value, random() % 2 == 0 ? 1 : 4);
    }
    write_sealed(forged);
    auto index = make_index();
    if (!index->load(path_)) {
      ++refused;
      EXPECT_EQ(index->size(), 0U);
      continue;
    }
    ++taken;
    std::vector<std::pair<scope_id, entry_id>> all;
    index->for_each([&](const scope_id& scope, entry_id id) { all.emplace_back(scope, id); });
    EXPECT_EQ(all.size(), index->size());
    for (int i = 0; i < 10; ++i) {
      EXPECT_LE(index->nearest(k_large, make_.member(), 5)->size(), 5U);
      (void)index->insert(k_large, 1'000'000 + static_cast<entry_id>(i), make_.member());
    }
    for (const auto& [scope, id] : all) {
      EXPECT_TRUE(index->erase(scope, id));
    }
  }
  EXPECT_GT(refused, 500);
  EXPECT_GT(taken, 50); // else the loop above proved nothing
}

TEST_F(vector_index_file, links_to_nowhere_are_refused) {
  ASSERT_TRUE(filled()->save(path_));
  auto forged = content();
  // The first row's first link: behind the file's head, the small scope, the large one's rows, levels and erased bits.
  const auto index = make_index();
  ASSERT_TRUE(index->load(path_));
  const std::size_t row_bytes = row_format{k_dimension}.row_bytes();
  const std::size_t element = 33 * 4 + row_bytes + 8;
  // The graph is the last part but its upper layers: find its count, links and levels by their values.
  std::uint64_t slots = 0;
  std::size_t at = forged.size();
  for (std::size_t offset = 16; offset + 16 < forged.size(); ++offset) {
    std::uint64_t count = 0;
    std::uint32_t links = 0;
    std::memcpy(&count, forged.data() + offset, 8);
    std::memcpy(&links, forged.data() + offset + 8, 4);
    if (links == 16 && count > 50 && count < 1'000 && forged[offset - 1] == 1) {
      slots = count;
      at = offset + 16 + count + (count + 63) / 64 * 8;
    }
  }
  ASSERT_GT(slots, 0U);
  ASSERT_LT(at + slots * element, forged.size());
  for (const std::uint32_t target : {static_cast<std::uint32_t>(slots), 0xFFFFFFFFU, 5U}) {
    auto changed = forged;
    std::memcpy(changed.data() + at + 5 * element + 4, &target, sizeof target); // row 5: 5 would be itself
    write_sealed(changed);
    expect_refused(error_kind::invalid_request, "a link that leads nowhere");
  }
  auto changed = forged;
  const std::uint32_t too_many = 33;
  std::memcpy(changed.data() + at, &too_many, sizeof too_many);
  write_sealed(changed);
  expect_refused(error_kind::invalid_request, "more links than there can be");
}

TEST_F(vector_index_file, saves_while_others_insert) {
  const auto index = filled();
  std::atomic<bool> stop{false};
  std::thread writer{[&] {
    clustered_vectors make{k_dimension, 3, 9};
    for (entry_id id = 10'000; !stop; ++id) {
      ASSERT_TRUE(index->insert(k_large, id, make.member()));
      ASSERT_TRUE(index->insert({.high = id, .low = 0}, id, make.member()));
      index->erase(k_large, id - 50);
      index->erase_scope({.high = id, .low = 0});
    }
  }};
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(index->save(path_));
    auto loaded = make_index();
    const auto result = loaded->load(path_);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_GE(loaded->size(), 20U);
  }
  stop = true;
  writer.join();
}

} // namespace
} // namespace inferenceflow::vectors
