#include "telemetry/log_file.h"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>
#include <thread>
#include <unistd.h>
#include <vector>

namespace inferenceflow::telemetry {
namespace {

class folder {
public:
  folder() {
    std::string pattern = testing::TempDir() + "iflow_log_XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~folder() { std::filesystem::remove_all(path_); }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  [[nodiscard]] std::string file() const { return path_ + "/log"; }
  [[nodiscard]] std::string content() const {
    std::ostringstream out;
    out << std::ifstream(file()).rdbuf();
    return out.str();
  }

private:
  std::string path_;
};

TEST(log_file, flush_and_destruction_write_what_waits) {
  const folder at;
  {
    auto sink = open_log_file(at.file());
    ASSERT_TRUE(sink);
    (*sink)->append("one\n", false);
    (*sink)->flush();
    EXPECT_EQ(at.content(), "one\n");
    (*sink)->append("two\n", false);
  }
  EXPECT_EQ(at.content(), "one\ntwo\n");
  {
    auto again = open_log_file(at.file());
    ASSERT_TRUE(again);
    (*again)->append("three\n", true);
  }
  EXPECT_EQ(at.content(), "one\ntwo\nthree\n") << "appends to what is there";
}

TEST(log_file, lines_of_many_threads_stay_whole) {
  const folder at;
  const std::string line = std::string(100, 'x') + "\n";
  {
    auto sink = open_log_file(at.file());
    ASSERT_TRUE(sink);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 500; ++i) {
          (*sink)->append(line, i % 100 == 0);
        }
      });
    }
    for (auto& thread : threads) {
      thread.join();
    }
  }
  std::istringstream content(at.content());
  std::size_t lines = 0;
  for (std::string read; std::getline(content, read); ++lines) {
    ASSERT_EQ(read + "\n", line);
  }
  EXPECT_EQ(lines, 2'000U);
}

TEST(log_file, a_reader_that_went_away_does_not_kill_the_process) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[0]);
  const auto sink = log_to_descriptor(ends[1], true);
  sink->append("lost\n", true);
  sink->flush();
  sink->append("lost too\n", false);
}

TEST(log_file, a_stalled_reader_costs_lines_not_memory) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  std::string read;
  std::thread reader;
  {
    const auto sink = log_to_descriptor(ends[1], true);
    const std::string line = std::string(1'023, 'y') + "\n";
    // The pipe takes some, the writer holds one batch, the buffer another: three buffers' worth cannot all fit.
    for (std::size_t bytes = 0; bytes < 3 * k_log_buffer_bytes_max; bytes += line.size()) {
      sink->append(line, false);
    }
    reader = std::thread([&] {
      std::vector<char> part(1U << 16U);
      for (ssize_t n = 0; (n = ::read(ends[0], part.data(), part.size())) > 0;) {
        read.append(part.data(), static_cast<std::size_t>(n));
      }
    });
    sink->flush();
  } // closes the writing end, so the reader comes to its end
  reader.join();
  ::close(ends[0]);
  EXPECT_LT(read.size(), 3 * k_log_buffer_bytes_max);
  EXPECT_THAT(read, testing::HasSubstr("log lines dropped"));
}

TEST(log_file, a_stalled_reader_does_not_stop_the_shutdown) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  {
    const auto sink = log_to_descriptor(ends[1], true);
    sink->append(std::string(1U << 20U, 'z') + "\n", true); // more than the pipe takes, and nobody reads
  }
  ::close(ends[0]);
}

TEST(log_file, names_a_path_that_cannot_be_opened) {
  const auto sink = open_log_file("/does/not/exist/log");
  ASSERT_FALSE(sink);
  EXPECT_EQ(sink.error().kind, error_kind::unavailable);
  EXPECT_THAT(sink.error().message, testing::HasSubstr("/does/not/exist/log cannot be opened: No such file"));
}

} // namespace
} // namespace inferenceflow::telemetry
