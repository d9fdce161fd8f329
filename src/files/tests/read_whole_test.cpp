#include "files/pending_file.h"
#include "files/read_whole.h"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <thread>

namespace inferenceflow::files {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class whole_files : public ::testing::Test {
protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "whole-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string file(const std::string& name) const { return (folder_ / name).string(); }
  void expect_failure(const std::string& name, error_kind kind, const char* words) const {
    const auto got = read_whole(file(name), 10);
    ASSERT_FALSE(got.has_value());
    EXPECT_EQ(got.error().kind, kind);
    EXPECT_THAT(got.error().message, HasSubstr(words));
  }
  fs::path folder_;
};

TEST_F(whole_files, of_every_size_around_the_bound) {
  for (const std::size_t size : {0U, 1U, 9U, 10U}) {
    ASSERT_TRUE(replace_file(file("a"), std::string(size, 'x')));
    EXPECT_EQ(read_whole(file("a"), 10).value(), std::string(size, 'x'));
  }
  ASSERT_TRUE(replace_file(file("a"), std::string(11, 'x')));
  expect_failure("a", error_kind::invalid_request, "is longer than 10 bytes");
  const std::string large(1'000'003, 'y');
  ASSERT_TRUE(replace_file(file("a"), large));
  EXPECT_EQ(read_whole(file("a"), large.size()).value(), large);
  EXPECT_FALSE(read_whole(file("a"), large.size() - 1).has_value());
}

TEST_F(whole_files, that_are_none) {
  expect_failure("absent", error_kind::not_found, "cannot be read: No such file");
  expect_failure("", error_kind::invalid_request, "is a folder");
  expect_failure("absent/below", error_kind::not_found, "No such file");
}

TEST_F(whole_files, pipes_are_read_to_their_end) {
  ASSERT_EQ(::mkfifo(file("pipe").c_str(), 0600), 0);
  EXPECT_EQ(read_whole(file("pipe"), 10).value(), "") << "nobody writes: no wait for one";
  const std::string long_text(200'000, 'z');
  std::fstream held{file("pipe"), std::ios::in | std::ios::out}; // a writer is there before the reader looks
  std::string got;
  std::thread reader{[&] { got = read_whole(file("pipe"), long_text.size()).value(); }};
  held << long_text << std::flush;
  held.close();
  reader.join();
  EXPECT_EQ(got, long_text);
}

} // namespace
} // namespace inferenceflow::files
