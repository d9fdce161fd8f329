#include "store/kept_requests.h"
#include "store/ledger.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace inferenceflow::store {
namespace {

/// Child: appends rows "0", "1", … as fast as the queue takes them and writes each committed number into the pipe.
[[noreturn]] void append_until_killed(const ledger_options& options, int pipe_end) {
  auto book = open_sqlite_ledger(options);
  if (!book) {
    ::_exit(1);
  }
  for (std::int32_t number = 0;; ++number) {
    ledger_row row;
    row.request_id = std::to_string(number);
    row.cost = money::from_nano_usd(1);
    row.asked = kept_request{.path = "/v1/chat/completions", .body = fmt::format("{}", number % 8)};
    const auto committed = [number, pipe_end](bool good) {
      if (!good || ::write(pipe_end, &number, sizeof number) != sizeof number) {
        ::_exit(2);
      }
    };
    while (!(*book)->append(row, committed)) {
      std::this_thread::yield();
    }
  }
}

struct killed_run {
  std::int32_t last_committed = -1; ///< as far as the parent heard
  std::int64_t rows_on_disk = 0;
  bool gap = false; ///< a row is missing though a later one is there
  std::int64_t requests_counted = 0;
};

/// Kills the child once `rows` commits were heard, then reads what it left behind.
killed_run kill_after(std::int32_t rows, const ledger_options& options) {
  int ends[2] = {-1, -1};
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    append_until_killed(options, ends[1]);
  }
  ::close(ends[1]);
  killed_run outcome;
  std::int32_t number = 0;
  bool killed = false;
  // What was written into the pipe before the kill counts as heard: its callback fired.
  while (::read(ends[0], &number, sizeof number) == sizeof number) {
    outcome.last_committed = std::max(outcome.last_committed, number);
    if (number >= rows && !killed) {
      ::kill(child, SIGKILL);
      killed = true;
    }
  }
  ::close(ends[0]);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;

  auto book = open_sqlite_ledger(options);
  EXPECT_TRUE(book.has_value()) << book.error().message;
  outcome.rows_on_disk = (*book)->totals({})->front().requests;
  const auto newest = (*book)->find(std::to_string(outcome.rows_on_disk - 1));
  outcome.gap = !newest->has_value();
  auto kept = kept_requests::open(options.path);
  const auto names = kept->most_repeated(INT64_MIN, 100);
  for (const std::int64_t name : *names) {
    outcome.requests_counted += (*kept->read(name))->count;
  }
  return outcome;
}

class ledger_kill_test : public testing::TestWithParam<durability> {};

TEST_P(ledger_kill_test, loses_no_row_whose_callback_fired) {
  std::string pattern = (std::filesystem::temp_directory_path() / "ledger_kill_XXXXXX").string();
  const std::filesystem::path folder = ::mkdtemp(pattern.data());
  for (const std::int32_t rows : {1, 700, 3'000}) {
    ledger_options options;
    options.path = (folder / fmt::format("{}.sqlite", rows)).string();
    options.mode = GetParam();
    options.group_interval = std::chrono::milliseconds{5};
    options.queue_max = 512; // so that the child stays close to the disk, under load all the same
    const killed_run outcome = kill_after(rows, options);
    EXPECT_GE(outcome.last_committed, rows);
    EXPECT_GT(outcome.rows_on_disk, outcome.last_committed);
    EXPECT_FALSE(outcome.gap);
    EXPECT_EQ(outcome.requests_counted, outcome.rows_on_disk) << "a request is counted exactly when its row is there";
  }
  std::filesystem::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(modes, ledger_kill_test, testing::Values(durability::group, durability::sync),
                         [](const auto& mode) { return mode.param == durability::sync ? "sync" : "group"; });

} // namespace
} // namespace inferenceflow::store
