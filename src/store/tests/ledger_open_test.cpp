#include "store/ledger_schema.h"
#include "store/tests/ledger_fixture.h"

#include <fmt/format.h>
#include <fstream>
#include <gmock/gmock.h>

namespace inferenceflow::store {
namespace {

using testing::HasSubstr;
using ledger_open_test = ledger_test;

TEST_F(ledger_open_test, missing_folder_is_created) {
  ledger_options chosen;
  chosen.path = path("a/b/ledger.sqlite");
  EXPECT_TRUE(open_sqlite_ledger(chosen).has_value());
  EXPECT_TRUE(std::filesystem::exists(chosen.path));
}

TEST_F(ledger_open_test, file_that_is_no_database_is_refused) {
  std::ofstream(path()) << std::string(8'192, 'x');
  const auto opened = open_sqlite_ledger(options());
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().kind, error_kind::unavailable);
  EXPECT_THAT(opened.error().message, HasSubstr(path()));
  EXPECT_THAT(opened.error().message, HasSubstr("not a database"));
}

TEST_F(ledger_open_test, another_programs_database_is_refused) {
  {
    auto other = sqlite_database::open(path(), open_mode::read_write);
    ASSERT_EQ(other->run("CREATE TABLE t (a)"), SQLITE_OK);
  }
  EXPECT_THAT(open_sqlite_ledger(options()).error().message, HasSubstr("another program's database"));
}

TEST_F(ledger_open_test, newer_schema_is_refused_naming_both_versions) {
  (void)open(options());
  {
    auto other = sqlite_database::open(path(), open_mode::read_write);
    ASSERT_EQ(other->run("PRAGMA user_version = 99"), SQLITE_OK);
  }
  const auto opened = open_sqlite_ledger(options());
  ASSERT_FALSE(opened.has_value());
  EXPECT_THAT(opened.error().message, HasSubstr("schema 99"));
  EXPECT_THAT(opened.error().message, HasSubstr(fmt::format("knows {}", k_ledger_schema_version)));
}

TEST_F(ledger_open_test, folder_in_place_of_the_file_is_refused) {
  std::filesystem::create_directory(path());
  EXPECT_THAT(open_sqlite_ledger(options()).error().message, HasSubstr(path()));
}

TEST_F(ledger_open_test, file_in_place_of_the_folder_is_refused) {
  std::ofstream(path("plain")) << "x";
  ledger_options chosen;
  chosen.path = path("plain/ledger.sqlite");
  EXPECT_THAT(open_sqlite_ledger(chosen).error().message, HasSubstr("folder cannot be created"));
}

TEST_F(ledger_open_test, options_out_of_bounds_are_refused) {
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

TEST_F(ledger_open_test, schema_of_a_development_version_is_refused_and_left_as_it_was) {
  (void)open(options());
  auto old = sqlite_database::open(path(), open_mode::read_write);
  ASSERT_EQ(old->run("PRAGMA user_version = 3"), SQLITE_OK);
  EXPECT_THAT(open_sqlite_ledger(options()).error().message, HasSubstr("schema 3 of a development version"));
  EXPECT_EQ(*old->number("PRAGMA user_version"), 3);
}

TEST_F(ledger_open_test, failed_creation_leaves_the_file_empty) {
  auto other = sqlite_database::open(path(), open_mode::read_write);
  ASSERT_EQ(other->run("BEGIN IMMEDIATE"), SQLITE_OK);
  EXPECT_THAT(open_sqlite_ledger(options()).error().message, HasSubstr("locked"));
  ASSERT_EQ(other->run("COMMIT"), SQLITE_OK);
  EXPECT_EQ(*other->number("SELECT count(*) FROM sqlite_schema"), 0);
  EXPECT_TRUE(open_sqlite_ledger(options()).has_value());
}

TEST_F(ledger_open_test, rows_can_be_neither_changed_nor_deleted) {
  const auto book = open(options());
  ASSERT_TRUE(book->append(make_row("one"), {}));
  book->flush();
  auto raw = sqlite_database::open(path(), open_mode::read_write);
  EXPECT_NE(raw->run("DELETE FROM ledger"), SQLITE_OK);
  EXPECT_NE(raw->run("UPDATE ledger SET cost_nano_usd = 0"), SQLITE_OK);
  EXPECT_EQ(*raw->number("SELECT count(*) FROM ledger"), 1);
}

TEST_F(ledger_open_test, sums_over_a_span_read_only_its_rows) {
  (void)open(options());
  auto raw = sqlite_database::open(path(), open_mode::read_only);
  auto plan = raw->prepare("EXPLAIN QUERY PLAN SELECT * FROM ledger WHERE entry_id >= ?1 AND entry_id < ?2");
  ASSERT_EQ(plan->step(), SQLITE_ROW);
  EXPECT_THAT(plan->text(3), HasSubstr("INTEGER PRIMARY KEY (rowid>? AND rowid<?)"));
}

TEST_F(ledger_open_test, requests_are_found_by_index) {
  (void)open(options());
  auto raw = sqlite_database::open(path(), open_mode::read_only);
  auto plan = raw->prepare("EXPLAIN QUERY PLAN SELECT * FROM ledger WHERE request_id = ?1 ORDER BY entry_id DESC");
  ASSERT_EQ(plan->step(), SQLITE_ROW);
  EXPECT_THAT(plan->text(3), HasSubstr("ledger_by_request"));
  EXPECT_EQ(plan->step(), SQLITE_DONE) << "no sorting";
}

} // namespace
} // namespace inferenceflow::store
