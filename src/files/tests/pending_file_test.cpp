#include "files/pending_file.h"
#include "files/read_whole.h"

#include <csignal>
#include <filesystem>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace inferenceflow::files {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class pending_files : public ::testing::Test {
protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "pending-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    path_ = (folder_ / "kept").string();
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string content() const { return read_whole(path_, 1U << 20U).value(); }
  std::ptrdiff_t count() const { return std::distance(fs::directory_iterator{folder_}, fs::directory_iterator{}); }
  fs::path folder_;
  std::string path_;
};

TEST_F(pending_files, have_no_name_before_they_are_complete) {
  std::string expected;
  {
    auto file = pending_file::begin(path_);
    ASSERT_TRUE(file);
    for (int i = 0; i < 3'000; ++i) { // more than is held back
      const auto line = std::string(50, static_cast<char>('a' + i % 26));
      ASSERT_TRUE(file->append(line));
      expected += line;
    }
    EXPECT_FALSE(fs::exists(path_));
    ASSERT_TRUE(file->commit());
  }
  EXPECT_EQ(content(), expected);
  EXPECT_EQ(count(), 1);
}

TEST_F(pending_files, leave_nothing_when_they_are_given_up) {
  ASSERT_TRUE(replace_file(path_, "old"));
  {
    auto file = pending_file::begin(path_);
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->append("new"));
  }
  EXPECT_EQ(content(), "old");
  EXPECT_EQ(count(), 1);
  ASSERT_TRUE(replace_file(path_, "new"));
  EXPECT_EQ(content(), "new");
}

TEST_F(pending_files, are_readable_by_whom_they_are_for) {
  const auto mode = [this] {
    struct stat about {};
    EXPECT_EQ(::stat(path_.c_str(), &about), 0);
    return about.st_mode & 0777U;
  };
  const auto old_mask = ::umask(0);
  ASSERT_TRUE(replace_file(path_, "x"));
  EXPECT_EQ(mode(), 0644U);
  ASSERT_TRUE(replace_file(path_, "x", readable_by::owner));
  EXPECT_EQ(mode(), 0600U);
  ::umask(old_mask);
}

TEST_F(pending_files, do_not_take_the_place_of_what_is_no_file) {
  fs::create_directory(path_);
  EXPECT_THAT(replace_file(path_, "x").error().message, HasSubstr("is no regular file"));
  EXPECT_THAT(replace_file("/dev/null", "x").error().message, HasSubstr("is no regular file"));
  const auto absent = replace_file((folder_ / "absent" / "kept").string(), "x");
  EXPECT_EQ(absent.error().kind, error_kind::unavailable);
  EXPECT_THAT(absent.error().message, HasSubstr("cannot create"));
}

TEST_F(pending_files, do_not_follow_a_link_where_they_are_written) {
  const auto other = (folder_ / "other").string();
  ASSERT_TRUE(replace_file(other, "kept"));
  fs::create_symlink(other, path_ + ".writing");
  EXPECT_FALSE(replace_file(path_, "x"));
  EXPECT_EQ(read_whole(other, 10).value(), "kept");
}

TEST_F(pending_files, leave_the_old_file_when_the_disk_is_full) {
  ASSERT_TRUE(replace_file(path_, "old"));
  // As far as a process can make one: writes beyond the limit fail with EFBIG.
  struct rlimit old = {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const struct rlimit little = {.rlim_cur = 1'000, .rlim_max = old.rlim_max};
  auto* const handler = ::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &little), 0);
  const auto small = replace_file(path_, std::string(2'000, 'x'));
  const auto large = replace_file(path_, std::string(2 * pending_file::k_held_bytes, 'x'));
  ::setrlimit(RLIMIT_FSIZE, &old);
  ::signal(SIGXFSZ, handler);
  EXPECT_EQ(small.error().kind, error_kind::unavailable);
  EXPECT_THAT(large.error().message, HasSubstr("cannot write"));
  EXPECT_EQ(content(), "old");
  EXPECT_EQ(count(), 1);
}

} // namespace
} // namespace inferenceflow::files
