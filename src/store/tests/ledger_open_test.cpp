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
  EXPECT_THAT(opened.error().message, HasSubstr(fmt::format("up to {}", k_ledger_schema_version)));
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

TEST_F(ledger_open_test, older_schemas_are_migrated_with_their_rows) {
  for (std::int64_t version = 1; version < k_ledger_schema_version; ++version) {
    ledger_options chosen = options();
    chosen.path = path(fmt::format("{}.sqlite", version));
    {
      auto old = sqlite_database::open(chosen.path, open_mode::read_write);
      ASSERT_TRUE(migrate_ledger(*old, version).has_value());
      for (const auto* start : {"1,'old'", "2,'older'"}) {
        ASSERT_EQ(old->run(fmt::format("INSERT INTO ledger VALUES ({},'t',1,'t','u','chat','m','m','p','miss',200,'',"
                                       "'stop',0,1,2,3,4,5,0,0,7,8,9,10)",
                                       start)
                               .c_str()),
                  SQLITE_OK);
      }
      EXPECT_EQ(*old->number("PRAGMA user_version"), version);
    }
    const auto book = open(chosen);
    EXPECT_EQ((*book->find("old"))->cost, money::from_nano_usd(7));
    EXPECT_EQ((*book->find("old"))->first_byte_us, 10);
    EXPECT_EQ(book->totals({})->front().requests, 2);
    // An id of before the migration may repeat now, and the row of before stays as it was.
    ASSERT_TRUE(book->append(make_row("old"), {}));
    book->flush();
    EXPECT_EQ((*book->find("old"))->cost, money::from_nano_usd(100));
    EXPECT_EQ(book->totals({})->front().cost, money::from_nano_usd(114));
    auto raw = sqlite_database::open(chosen.path, open_mode::read_write);
    EXPECT_EQ(*raw->number("PRAGMA user_version"), k_ledger_schema_version);
    EXPECT_EQ(*raw->number("SELECT min(entry_id) FROM ledger"), 1);
    EXPECT_NE(raw->run("DELETE FROM ledger"), SQLITE_OK);
    EXPECT_NE(raw->run("UPDATE ledger SET cost_nano_usd = 0"), SQLITE_OK);
    EXPECT_EQ(*raw->number("SELECT count(*) FROM sqlite_schema WHERE type = 'index'"), 2);
  }
}

TEST_F(ledger_open_test, failed_migration_leaves_the_old_file_as_it_was) {
  auto old = sqlite_database::open(path(), open_mode::read_write);
  ASSERT_TRUE(migrate_ledger(*old, 2).has_value());
  ASSERT_EQ(old->run("CREATE TABLE ledger_next (a)"), SQLITE_OK); // in the way of step 3
  EXPECT_FALSE(open_sqlite_ledger(options()).has_value());
  EXPECT_EQ(*old->number("PRAGMA user_version"), 2);
  EXPECT_EQ(*old->number("SELECT count(*) FROM sqlite_schema WHERE name = 'ledger_by_time'"), 1);
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
