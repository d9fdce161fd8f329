#include "store/ledger.h"
#include "store/ledger_schema.h"

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

namespace inferenceflow::store {
namespace {

using testing::HasSubstr;

/// A folder of its own for every test.
class ledger_test : public testing::Test {
protected:
  ledger_test() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ledger_test_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~ledger_test() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path(std::string_view name = "ledger.sqlite") const {
    return (folder_ / std::string(name)).string();
  }
  [[nodiscard]] ledger_options options() const { return {.path = path()}; }

  static std::unique_ptr<ledger> open(const ledger_options& options) {
    auto opened = open_sqlite_ledger(options);
    EXPECT_TRUE(opened.has_value()) << opened.error().message;
    return std::move(*opened);
  }

  std::filesystem::path folder_;
};

ledger_row make_row(std::string id) {
  ledger_row row;
  row.request_id = std::move(id);
  row.finished_ms = 1'700'000'000'000;
  row.tenant = "default";
  row.user = "u";
  row.surface = "chat";
  row.model_requested = "m";
  row.model_served = "m";
  row.provider = "p";
  row.cache = "miss";
  row.status = 200;
  row.usage = {.fresh_input = 10, .cached_input = 4, .cache_write = 3, .output = 2, .reasoning = 1};
  row.cost = money::from_nano_usd(100);
  row.direct = money::from_nano_usd(150);
  return row;
}

TEST_F(ledger_test, keeps_every_field) {
  const auto book = open(options());
  ledger_row row = make_row("id-1");
  row.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
  row.error_kind = "cancelled";
  row.finish_reason = "length";
  row.streamed = true;
  row.source = cost::usage_source::estimated;
  row.ceiling_priced = true;
  row.status = 499;
  row.latency_us = 1'234;
  row.first_byte_us = 56;
  ASSERT_TRUE(book->append(row, {}));
  book->flush();
  const auto found = book->find("id-1");
  ASSERT_TRUE(found.has_value());
  ASSERT_TRUE(found->has_value());
  const ledger_row& back = **found;
  EXPECT_EQ(back.trace_id, row.trace_id);
  EXPECT_EQ(back.finished_ms, row.finished_ms);
  EXPECT_EQ(back.tenant, "default");
  EXPECT_EQ(back.user, "u");
  EXPECT_EQ(back.surface, "chat");
  EXPECT_EQ(back.model_requested, "m");
  EXPECT_EQ(back.model_served, "m");
  EXPECT_EQ(back.provider, "p");
  EXPECT_EQ(back.cache, "miss");
  EXPECT_EQ(back.status, 499);
  EXPECT_EQ(back.error_kind, "cancelled");
  EXPECT_EQ(back.finish_reason, "length");
  EXPECT_TRUE(back.streamed);
  EXPECT_EQ(back.usage, row.usage);
  EXPECT_EQ(back.source, cost::usage_source::estimated);
  EXPECT_TRUE(back.ceiling_priced);
  EXPECT_EQ(back.cost, row.cost);
  EXPECT_EQ(back.direct, row.direct);
  EXPECT_EQ(back.latency_us, 1'234);
  EXPECT_EQ(back.first_byte_us, 56);
  EXPECT_FALSE(book->find("id-2")->has_value());
}

TEST_F(ledger_test, text_with_quotes_and_nul_bytes_survives) {
  const auto book = open(options());
  ledger_row row = make_row("id'; DROP TABLE ledger; --");
  row.user = std::string("a\0b", 3) + "'\"é";
  ASSERT_TRUE(book->append(row, {}));
  book->flush();
  EXPECT_EQ((*book->find(row.request_id))->user, row.user);
}

TEST_F(ledger_test, same_request_is_not_billed_twice) {
  const auto book = open(options());
  std::atomic<int> committed{0};
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(book->append(make_row("same"), [&](bool good) { committed += good ? 1 : 0; }));
    if (i == 1) {
      book->flush();
    }
  }
  book->flush();
  EXPECT_EQ(committed, 3);
  EXPECT_EQ(book->count().written, 1U);
  EXPECT_EQ(book->count().duplicates, 2U);
  const auto totals = book->totals({});
  ASSERT_EQ(totals->size(), 1U);
  EXPECT_EQ(totals->front().cost, money::from_nano_usd(100));
}

TEST_F(ledger_test, destruction_commits_what_was_accepted) {
  for (const auto mode : {durability::group, durability::sync}) {
    ledger_options chosen = options();
    chosen.path = path(mode == durability::sync ? "sync" : "group");
    chosen.mode = mode;
    {
      const auto book = open(chosen);
      for (int i = 0; i < 500; ++i) {
        ASSERT_TRUE(book->append(make_row(fmt::format("id-{}", i)), {}));
      }
    }
    EXPECT_EQ(open(chosen)->totals({})->front().requests, 500);
  }
}

TEST_F(ledger_test, rows_of_several_threads_arrive) {
  const auto book = open(options());
  std::atomic<int> committed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 1'000; ++i) {
        while (!book->append(make_row(fmt::format("{}-{}", t, i)), [&](bool good) { committed += good ? 1 : 0; })) {
          std::this_thread::yield();
        }
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  book->flush();
  EXPECT_EQ(committed, 4'000);
  EXPECT_EQ(book->count().written, 4'000U);
  EXPECT_EQ(book->totals({})->front().requests, 4'000);
}

TEST_F(ledger_test, full_queue_refuses_and_counts) {
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

TEST_F(ledger_test, locked_database_is_reported_and_tried_again) {
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

TEST_F(ledger_test, full_disk_keeps_rows_until_there_is_room) {
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

TEST_F(ledger_test, closing_with_a_dead_disk_gives_up_and_says_so) {
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

TEST_F(ledger_test, two_ledgers_on_one_file_both_write) {
  const auto first = open(options());
  const auto second = open(options());
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(first->append(make_row(fmt::format("a{}", i)), {}));
    ASSERT_TRUE(second->append(make_row(fmt::format("b{}", i)), {}));
  }
  first->flush();
  second->flush();
  EXPECT_EQ(first->totals({})->front().requests, 400);
}

TEST_F(ledger_test, in_memory_database_sums_too) {
  ledger_options chosen;
  chosen.path = ":memory:";
  const auto book = open(chosen);
  ASSERT_TRUE(book->append(make_row("1"), {}));
  book->flush();
  EXPECT_EQ(book->totals({})->front().requests, 1);
  EXPECT_TRUE(book->find("1")->has_value());
}

TEST_F(ledger_test, missing_folder_is_created) {
  ledger_options chosen;
  chosen.path = path("a/b/ledger.sqlite");
  EXPECT_TRUE(open_sqlite_ledger(chosen).has_value());
  EXPECT_TRUE(std::filesystem::exists(chosen.path));
}

TEST_F(ledger_test, file_that_is_no_database_is_refused) {
  std::ofstream(path()) << std::string(8'192, 'x');
  const auto opened = open_sqlite_ledger(options());
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().kind, error_kind::unavailable);
  EXPECT_THAT(opened.error().message, HasSubstr(path()));
  EXPECT_THAT(opened.error().message, HasSubstr("not a database"));
}

TEST_F(ledger_test, another_programs_database_is_refused) {
  {
    auto other = sqlite_database::open(path(), open_mode::read_write);
    ASSERT_EQ(other->run("CREATE TABLE t (a)"), SQLITE_OK);
  }
  EXPECT_THAT(open_sqlite_ledger(options()).error().message, HasSubstr("another program's database"));
}

TEST_F(ledger_test, newer_schema_is_refused_naming_both_versions) {
  (void)open(options());
  {
    auto other = sqlite_database::open(path(), open_mode::read_write);
    ASSERT_EQ(other->run("PRAGMA user_version = 99"), SQLITE_OK);
  }
  const auto opened = open_sqlite_ledger(options());
  ASSERT_FALSE(opened.has_value());
  EXPECT_THAT(opened.error().message, HasSubstr("schema 99"));
  EXPECT_THAT(opened.error().message, HasSubstr(fmt::format("up to {}", k_ledger_schema_version)));
}

TEST_F(ledger_test, folder_in_place_of_the_file_is_refused) {
  std::filesystem::create_directory(path());
  EXPECT_THAT(open_sqlite_ledger(options()).error().message, HasSubstr(path()));
}

TEST_F(ledger_test, file_in_place_of_the_folder_is_refused) {
  std::ofstream(path("plain")) << "x";
  ledger_options chosen;
  chosen.path = path("plain/ledger.sqlite");
  EXPECT_THAT(open_sqlite_ledger(chosen).error().message, HasSubstr("folder cannot be created"));
}

TEST_F(ledger_test, options_out_of_bounds_are_refused) {
  ledger_options chosen = options();
  chosen.group_interval = std::chrono::milliseconds{101};
  EXPECT_EQ(open_sqlite_ledger(chosen).error().param, "group_interval");
  chosen = options();
  chosen.queue_max = 0;
  EXPECT_EQ(open_sqlite_ledger(chosen).error().param, "queue_max");
  chosen = options();
  chosen.path.clear();
  EXPECT_EQ(open_sqlite_ledger(chosen).error().param, "path");
}

TEST_F(ledger_test, older_schema_is_migrated_with_its_rows) {
  {
    auto old = sqlite_database::open(path(), open_mode::read_write);
    ASSERT_TRUE(migrate_ledger(*old, 1).has_value());
    ASSERT_EQ(old->run("INSERT INTO ledger VALUES (1,'old','',1,'t','u','chat','m','m','p','miss',200,'','stop',0,"
                       "1,2,3,4,5,0,0,7,8,9,10)"),
              SQLITE_OK);
    EXPECT_EQ(*old->number("PRAGMA user_version"), 1);
  }
  const auto book = open(options());
  EXPECT_EQ((*book->find("old"))->cost, money::from_nano_usd(7));
  auto reader = sqlite_database::open(path(), open_mode::read_only);
  EXPECT_EQ(*reader->number("PRAGMA user_version"), k_ledger_schema_version);
  EXPECT_EQ(*reader->number("SELECT count(*) FROM sqlite_schema WHERE name = 'ledger_by_time'"), 1);
}

TEST_F(ledger_test, rows_cannot_be_changed_or_deleted) {
  const auto book = open(options());
  ASSERT_TRUE(book->append(make_row("1"), {}));
  book->flush();
  auto other = sqlite_database::open(path(), open_mode::read_write);
  EXPECT_NE(other->run("UPDATE ledger SET cost_nano_usd = 0"), SQLITE_OK);
  EXPECT_NE(other->run("DELETE FROM ledger"), SQLITE_OK);
  EXPECT_EQ(book->totals({})->front().cost, money::from_nano_usd(100));
}

} // namespace
} // namespace inferenceflow::store
