#include "store/kept_requests.h"
#include "store/ledger_schema.h"
#include "store/tests/ledger_fixture.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace inferenceflow::store {
namespace {

using testing::HasSubstr;

// What programs of those versions made, word for word: what the newest makes of an empty file may change.

constexpr const char* k_version_4 = R"sql(
CREATE TABLE ledger (
  entry_id        INTEGER PRIMARY KEY,
  finished_ms     INTEGER NOT NULL GENERATED ALWAYS AS ((entry_id >> 22) + 1577836800000) VIRTUAL,
  request_id      TEXT    NOT NULL,
  trace_id        TEXT    NOT NULL,
  tenant          TEXT    NOT NULL,
  user            TEXT    NOT NULL,
  surface         TEXT    NOT NULL,
  model_requested TEXT    NOT NULL,
  model_served    TEXT    NOT NULL,
  provider        TEXT    NOT NULL,
  cache           TEXT    NOT NULL,
  status          INTEGER NOT NULL,
  error_kind      TEXT    NOT NULL,
  finish_reason   TEXT    NOT NULL,
  streamed        INTEGER NOT NULL,
  fresh_input     INTEGER NOT NULL,
  cached_input    INTEGER NOT NULL,
  cache_write     INTEGER NOT NULL,
  output          INTEGER NOT NULL,
  reasoning       INTEGER NOT NULL,
  estimated       INTEGER NOT NULL,
  ceiling_priced  INTEGER NOT NULL,
  cost_nano_usd   INTEGER NOT NULL,
  direct_nano_usd INTEGER NOT NULL,
  latency_us      INTEGER NOT NULL,
  first_byte_us   INTEGER NOT NULL
) STRICT;
CREATE INDEX ledger_by_request ON ledger (request_id);
CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
PRAGMA application_id = 1229343815;
INSERT INTO ledger VALUES (513114316800000000, 'before', '', 'default', 'ann', 'chat', 'm', 'm', 'p', 'miss', 200, '',
  'stop', 0, 10, 4, 3, 2, 1, 0, 0, 100, 150, 7, 5);
PRAGMA user_version = 4;
)sql";
constexpr const char* k_version_5 = R"sql(
CREATE TABLE requests (
  id         INTEGER PRIMARY KEY,
  key        BLOB    NOT NULL UNIQUE,
  path       TEXT    NOT NULL,
  tenant     TEXT    NOT NULL,
  body       BLOB    NOT NULL,
  body_bytes INTEGER NOT NULL,
  size       INTEGER NOT NULL,
  count      INTEGER NOT NULL,
  first_ms   INTEGER NOT NULL,
  last_ms    INTEGER NOT NULL
) STRICT;
CREATE INDEX requests_by_age ON requests (last_ms, id, size, count);
INSERT INTO requests VALUES (1, x'00112233445566778899aabbccddeeff', '/v1/chat/completions', 'default', CAST('{}' AS BLOB),
  2, 200, 3, 1, 2);
PRAGMA user_version = 5;
)sql";
constexpr const char* k_version_6 =
    "ALTER TABLE ledger ADD COLUMN batched INTEGER NOT NULL DEFAULT 0; PRAGMA user_version = 6;";

class ledger_migration_test : public ledger_test, public testing::WithParamInterface<int> {
protected:
  void write_old(int version) const {
    auto raw = sqlite_database::open(path(), open_mode::read_write);
    for (const auto& [step, sql] : {std::pair{4, k_version_4}, {5, k_version_5}, {6, k_version_6}}) {
      ASSERT_TRUE(step > version || raw->run(sql) == SQLITE_OK) << raw->failure();
    }
  }
};

TEST_P(ledger_migration_test, old_file_keeps_what_it_has_and_takes_what_is_new) {
  write_old(GetParam());
  EXPECT_THAT(kept_requests::open(path()).error().message,
              HasSubstr(fmt::format("has ledger schema {}, this program knows 7", GetParam())));
  const auto book = open(options());
  const auto before = *book->find("before");
  ASSERT_TRUE(before.has_value());
  EXPECT_EQ(before->user, "ann");
  EXPECT_EQ(before->cost, money::from_nano_usd(100));
  EXPECT_EQ(before->first_byte_us, 5);
  EXPECT_FALSE(before->batched);
  EXPECT_FALSE(before->routed.has_value());
  EXPECT_EQ(before->finished_ms, 1'700'172'786'328);

  ledger_row row = make_row("after");
  row.asked = kept_request{.path = "/v1/chat/completions", .body = "{\"a\":1}"};
  row.routed = routed_part{.strategy = "balanced", .explanation = "{}"};
  ASSERT_TRUE(book->append(std::move(row), {}));
  ASSERT_TRUE(book->append_feedback({.request_id = "before", .tenant = "default", .score = 1, .at_ms = 1}, {}));
  book->flush();
  EXPECT_EQ((*book->find("after"))->routed->explanation, "{}");
  EXPECT_EQ(book->feedback_on("before")->size(), 1U);
  const auto kept = kept_requests::open(path())->most_repeated(0, 10);
  EXPECT_EQ(kept->size(), GetParam() >= 5 ? 2U : 1U);
}

TEST_P(ledger_migration_test, migrated_file_is_as_a_new_one) {
  write_old(GetParam());
  (void)open(options());
  ledger_options fresh = options();
  fresh.path = path("fresh.sqlite");
  (void)open(fresh);
  const auto schema_of = [](const std::string& file) {
    std::vector<std::string> lines;
    auto raw = sqlite_database::open(file, open_mode::read_only);
    auto select = raw->prepare("SELECT sql FROM sqlite_schema ORDER BY name");
    while (select->step() == SQLITE_ROW) {
      lines.push_back(select->text(0));
    }
    return lines;
  };
  EXPECT_EQ(schema_of(path()), schema_of(fresh.path));
}

INSTANTIATE_TEST_SUITE_P(versions, ledger_migration_test, testing::Values(4, 5, 6));

TEST_F(ledger_test, migration_that_fails_leaves_the_old_version) {
  {
    auto raw = sqlite_database::open(path(), open_mode::read_write);
    ASSERT_EQ(raw->run(k_version_4), SQLITE_OK);
    ASSERT_EQ(raw->run("CREATE TABLE feedback (a)"), SQLITE_OK); // in the way of the last step
  }
  EXPECT_THAT(open_sqlite_ledger(options()).error().message, HasSubstr("feedback"));
  auto raw = sqlite_database::open(path(), open_mode::read_only);
  EXPECT_EQ(*raw->number("PRAGMA user_version"), 4);
  EXPECT_EQ(*raw->number("SELECT count(*) FROM sqlite_schema WHERE name = 'requests'"), 0);
}

} // namespace
} // namespace inferenceflow::store
