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

TEST_F(ledger_open_test, older_schema_is_migrated_with_its_rows) {
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

} // namespace
} // namespace inferenceflow::store
