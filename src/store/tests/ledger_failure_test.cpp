#include "store/sqlite_database.h"
#include "store/tests/ledger_fixture.h"

#include <atomic>
#include <csignal>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <thread>
#include <vector>

namespace inferenceflow::store {
namespace {

using testing::HasSubstr;
using ledger_failure_test = ledger_test;

TEST_F(ledger_failure_test, full_queue_refuses_and_counts) {
  ledger_options small = options();
  small.queue_max = 2;
  const auto book = open(small);
  // Another process holds the write lock, so nothing can be settled.
  auto other = sqlite_database::open(small.path, open_mode::read_write);
  ASSERT_EQ(other->run("BEGIN IMMEDIATE"), SQLITE_OK);
  EXPECT_TRUE(book->append(make_row("1"), {}));
  EXPECT_TRUE(book->append(make_row("2"), {}));
  bool called = false;
  EXPECT_FALSE(book->append(make_row("3"), [&](bool) { called = true; }));
  ASSERT_EQ(other->run("COMMIT"), SQLITE_OK);
  book->flush();
  EXPECT_FALSE(called);
  EXPECT_EQ(book->count().dropped, 1U);
  EXPECT_EQ(book->count().written, 2U);
  EXPECT_TRUE(book->append(make_row("4"), {}));
}

TEST_F(ledger_failure_test, locked_database_is_reported_and_tried_again) {
  ledger_options chosen = options();
  std::atomic<int> errors{0};
  chosen.on_error = [&](const std::string& message) {
    EXPECT_THAT(message, HasSubstr("locked"));
    ++errors;
  };
  const auto book = open(chosen);
  auto other = sqlite_database::open(chosen.path, open_mode::read_write);
  ASSERT_EQ(other->run("BEGIN IMMEDIATE"), SQLITE_OK);
  std::atomic<int> committed{0};
  ASSERT_TRUE(book->append(make_row("1"), [&](bool good) { committed += good ? 1 : 0; }));
  while (errors == 0) {
    std::this_thread::yield();
  }
  EXPECT_EQ(committed, 0);
  ASSERT_EQ(other->run("COMMIT"), SQLITE_OK);
  book->flush();
  EXPECT_EQ(committed, 1);
  EXPECT_GE(book->count().write_errors, 1U);
  EXPECT_EQ(book->count().dropped, 0U);
}

/// While it lives, no file of this process can grow: what a full disk looks like to SQLite.
class no_room_on_disk {
public:
  no_room_on_disk()
      : old_handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_limit_);
    rlimit tight = old_limit_;
    tight.rlim_cur = 4'096;
    ::setrlimit(RLIMIT_FSIZE, &tight);
  }
  ~no_room_on_disk() {
    ::setrlimit(RLIMIT_FSIZE, &old_limit_);
    ::signal(SIGXFSZ, old_handler_);
  }
  no_room_on_disk(const no_room_on_disk&) = delete;
  no_room_on_disk& operator=(const no_room_on_disk&) = delete;

private:
  sighandler_t old_handler_;
  rlimit old_limit_{};
};

TEST_F(ledger_failure_test, full_disk_keeps_rows_until_there_is_room) {
  ledger_options chosen = options();
  std::atomic<int> errors{0};
  chosen.on_error = [&](const std::string&) { ++errors; };
  const auto book = open(chosen);
  std::atomic<int> committed{0};
  {
    const no_room_on_disk full;
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE(book->append(make_row(fmt::format("{}", i)), [&](bool good) { committed += good ? 1 : 0; }));
    }
    while (errors < 2) {
      std::this_thread::yield();
    }
    EXPECT_EQ(committed, 0);
  }
  book->flush();
  EXPECT_EQ(committed, 100);
  EXPECT_EQ(book->count().written, 100U);
  EXPECT_EQ(book->count().dropped, 0U);
  EXPECT_GE(book->count().write_errors, 2U);
}

TEST_F(ledger_failure_test, closing_with_a_dead_disk_gives_up_and_says_so) {
  ledger_options chosen = options();
  chosen.close_patience = std::chrono::milliseconds{0};
  std::vector<std::string> messages;
  chosen.on_error = [&](const std::string& message) { messages.push_back(message); };
  bool committed = true;
  auto other = [&] {
    const auto creates = open(chosen);
    return sqlite_database::open(chosen.path, open_mode::read_write);
  }();
  {
    const auto book = open(chosen);
    ASSERT_EQ(other->run("BEGIN IMMEDIATE"), SQLITE_OK);
    ASSERT_TRUE(book->append(make_row("1"), [&](bool good) { committed = good; }));
  }
  EXPECT_FALSE(committed);
  ASSERT_FALSE(messages.empty());
  EXPECT_THAT(messages.back(), HasSubstr("gave up 1 rows"));
}

} // namespace
} // namespace inferenceflow::store
