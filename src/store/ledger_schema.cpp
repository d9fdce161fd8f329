#include "store/ledger_schema.h"

#include <array>
#include <fmt/format.h>

namespace inferenceflow::store {

namespace {

/// "IFLG": tells our files from other programs' SQLite databases.
constexpr std::int64_t k_application_id = 0x49464c47;

constexpr const char* k_create_table = R"sql(
CREATE TABLE ledger (
  seq             INTEGER PRIMARY KEY,
  request_id      TEXT    NOT NULL UNIQUE,
  trace_id        TEXT    NOT NULL,
  finished_ms     INTEGER NOT NULL,
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
CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
)sql";

/// One index for sums: each costs every request about half a microsecond, and all sums are over a span of time.
constexpr const char* k_create_time_index = R"sql(
CREATE INDEX ledger_by_time ON ledger (finished_ms);
)sql";

/// Clients choose request ids, so a unique one would hide what a repeated one spent. A constraint cannot be dropped, so
/// the table is copied; old rows keep their small numbers, which sort before every new entry_id.
constexpr const char* k_identify_by_entry_id = R"sql(
CREATE TABLE ledger_next (
  entry_id        INTEGER PRIMARY KEY,
  request_id      TEXT    NOT NULL,
  trace_id        TEXT    NOT NULL,
  finished_ms     INTEGER NOT NULL,
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
INSERT INTO ledger_next SELECT * FROM ledger ORDER BY seq;
DROP TABLE ledger;
ALTER TABLE ledger_next RENAME TO ledger;
CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE INDEX ledger_by_time ON ledger (finished_ms);
CREATE INDEX ledger_by_request ON ledger (request_id);
)sql";

constexpr std::array k_steps{k_create_table, k_create_time_index, k_identify_by_entry_id};
static_assert(k_steps.size() == k_ledger_schema_version);

/// Runs inside the transaction, so that two processes that open a new file at once do not both create the tables.
result<void> migrate_locked(sqlite_database& database, std::int64_t version) {
  const auto found = database.number("PRAGMA user_version");
  const auto owner = database.number("PRAGMA application_id");
  const auto tables = database.number("SELECT count(*) FROM sqlite_schema");
  if (!found || !owner || !tables) {
    return database.make_failure();
  }
  if (*owner != k_application_id && *tables != 0) {
    return make_error(error_kind::unavailable, "is another program's database, not a ledger; name another file");
  }
  if (*found > k_ledger_schema_version) {
    return make_error(error_kind::unavailable,
                      fmt::format("has ledger schema {}, this program knows up to {}; use the newer program", *found,
                                  k_ledger_schema_version));
  }
  for (auto step = *found; step < version; ++step) {
    if (auto done = database.execute(k_steps[static_cast<std::size_t>(step)]); !done) {
      return done;
    }
  }
  if (*found >= version) {
    return {};
  }
  return database.execute(
      fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", k_application_id, version));
}

} // namespace

result<void> migrate_ledger(sqlite_database& database, std::int64_t version) {
  if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) {
    return begun;
  }
  auto migrated = migrate_locked(database, version);
  if (migrated) {
    migrated = database.execute("COMMIT");
  }
  if (!migrated) {
    (void)database.run("ROLLBACK");
  }
  return migrated;
}

} // namespace inferenceflow::store
