#include "engine/file_mark.h"

#include <fstream>
#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::engine {
namespace {

class file_mark_test : public ::testing::Test {
protected:
  std::filesystem::path write(const std::string& name, const std::string& bytes) {
    auto path = std::filesystem::path(::testing::TempDir()) / ("file_mark_" + name);
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
};

TEST_F(file_mark_test, equal_files_have_equal_marks_wherever_they_lie) {
  const std::string bytes(3U << 20U, 'w');
  const auto mark = file_mark(write("a", bytes));
  EXPECT_EQ(mark.size(), 16U);
  EXPECT_EQ(mark, file_mark(write("b", bytes)));
}

TEST_F(file_mark_test, a_change_at_the_beginning_the_end_or_in_the_size_shows) {
  const std::string bytes(3U << 20U, 'w');
  const auto mark = file_mark(write("a", bytes));
  auto head = bytes;
  head[100] = 'x';
  auto tail = bytes;
  tail.back() = 'x';
  EXPECT_NE(mark, file_mark(write("head", head)));
  EXPECT_NE(mark, file_mark(write("tail", tail)));
  EXPECT_NE(mark, file_mark(write("longer", bytes + 'w')));
}

TEST_F(file_mark_test, other_weights_behind_an_equal_head_show) {
  std::string one(3U << 20U, '\0');
  std::string other = one;
  for (std::size_t i = k_head_bytes; i < one.size(); ++i) {
    one[i] = static_cast<char>(i * 7);
    other[i] = static_cast<char>(i * 11);
  }
  EXPECT_NE(file_mark(write("one", one)), file_mark(write("other", other)));
}

TEST_F(file_mark_test, small_empty_and_missing_files_are_no_trouble) {
  EXPECT_NE(file_mark(write("small", "abc")), file_mark(write("small2", "abd")));
  EXPECT_EQ(file_mark(write("empty", "")).size(), 16U);
  EXPECT_EQ(file_mark("/nonexistent/model.gguf"), "");
}

} // namespace
} // namespace inferenceflow::engine
