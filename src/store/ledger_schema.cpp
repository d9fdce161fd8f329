#include "store/ledger_schema.h"

#include "store/entry_ids.h"

#include <fmt/format.h>

namespace inferenceflow::store {

namespace {

/// Every index costs every request half a microsecond, so there is one: clients ask for their request by its id.
constexpr const char* k_create_ledger = R"sql(
CREATE TABLE ledger (
  entry_id        INTEGER PRIMARY KEY,
  finished_ms     INTEGER NOT NULL GENERATED ALWAYS AS ((entry_id >> {shift}) + {epoch}) VIRTUAL,
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
PRAGMA application_id = {application};
)sql";

/// The oldest version that is brought to the newest.
constexpr std::int64_t k_oldest_version = 4;

/// Bodies are long, so the table is kept by a number, and the index by age holds all that trimming needs.
constexpr const char* k_create_requests = R"sql(
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
)sql";

/// Since version 6: rows that were bought in a provider's batch.
constexpr const char* k_add_batched = R"sql(
ALTER TABLE ledger ADD COLUMN batched INTEGER NOT NULL DEFAULT 0;
PRAGMA user_version = {version};
)sql";
constexpr std::int64_t k_requests_since = 5;

/// Runs inside the transaction, so that two processes that open a new file at once do not both create the tables.
result<void> migrate_locked(sqlite_database& database) {
  const auto found = database.number("PRAGMA user_version");
  const auto owner = database.number("PRAGMA application_id");
  const auto tables = database.number("SELECT count(*) FROM sqlite_schema");
  if (!found || !owner || !tables) {
    return database.make_failure();
  }
  if (*owner != k_ledger_application_id && *tables != 0) {
    return make_error(error_kind::unavailable, "is another program's database, not a ledger; name another file");
  }
  if (*owner == k_ledger_application_id && *found == k_ledger_schema_version) {
    return {};
  }
  if (*found > k_ledger_schema_version) {
    return make_error(error_kind::unavailable,
                      fmt::format("has ledger schema {}, this program knows {}; use the newer program", *found,
                                  k_ledger_schema_version));
  }
  const auto add_later_ones = [&database](bool requests_there) {
    auto added = requests_there ? result<void>{} : database.execute(k_create_requests);
    return added ? database.execute(
                       fmt::format(fmt::runtime(k_add_batched), fmt::arg("version", k_ledger_schema_version)))
                 : added;
  };
  if (*tables != 0 && *found >= k_oldest_version) {
    return add_later_ones(*found >= k_requests_since);
  }
  if (*tables != 0) {
    return make_error(error_kind::unavailable,
                      fmt::format("has ledger schema {} of a development version, this program knows {}; move the file "
                                  "away, and a new one is made",
                                  *found, k_ledger_schema_version));
  }
  auto made = database.execute(fmt::format(fmt::runtime(k_create_ledger), fmt::arg("shift", k_entry_time_shift),
                                           fmt::arg("epoch", k_entry_epoch_ms),
                                           fmt::arg("application", k_ledger_application_id)));
  return made ? add_later_ones(false) : made;
}

} // namespace

result<void> migrate_ledger(sqlite_database& database) {
  if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) {
    return begun;
  }
  auto migrated = migrate_locked(database);
  if (migrated) {
    migrated = database.execute("COMMIT");
  }
  if (!migrated) {
    (void)database.run("ROLLBACK");
  }
  return migrated;
}

} // namespace inferenceflow::store
