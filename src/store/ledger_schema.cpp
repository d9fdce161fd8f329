#include "store/ledger_schema.h"

#include "store/entry_ids.h"

#include <fmt/format.h>
#include <iterator>

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
constexpr const char* k_add_batched = "ALTER TABLE ledger ADD COLUMN batched INTEGER NOT NULL DEFAULT 0;";

/// Since version 7. Most rows are not routed, and a NULL takes a byte. Explanations are long, so their index holds all
/// that counting them needs.
constexpr const char* k_add_routing = R"sql(
ALTER TABLE ledger ADD COLUMN role        TEXT;
ALTER TABLE ledger ADD COLUMN strategy    TEXT;
ALTER TABLE ledger ADD COLUMN tier        TEXT;
ALTER TABLE ledger ADD COLUMN chosen      TEXT;
ALTER TABLE ledger ADD COLUMN propensity  REAL;
ALTER TABLE ledger ADD COLUMN explored    INTEGER;
ALTER TABLE ledger ADD COLUMN quality     REAL;
ALTER TABLE ledger ADD COLUMN confidence  REAL;
ALTER TABLE ledger ADD COLUMN escalations INTEGER;
ALTER TABLE ledger ADD COLUMN complexity  REAL;
ALTER TABLE ledger ADD COLUMN asked_key   BLOB;
CREATE TABLE decisions (
  entry_id    INTEGER PRIMARY KEY,
  explanation BLOB    NOT NULL,
  bytes       INTEGER NOT NULL,
  size        INTEGER NOT NULL
) STRICT;
CREATE INDEX decisions_by_size ON decisions (entry_id, size);
CREATE TABLE feedback (
  id       INTEGER PRIMARY KEY,
  entry_id INTEGER NOT NULL,
  source   TEXT    NOT NULL,
  score    REAL,
  label    TEXT    NOT NULL,
  comment  TEXT    NOT NULL,
  at_ms    INTEGER NOT NULL,
  size     INTEGER NOT NULL
) STRICT;
CREATE INDEX feedback_by_entry ON feedback (entry_id);
CREATE TRIGGER decisions_no_update BEFORE UPDATE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions stay as they were'); END;
CREATE TRIGGER feedback_no_update BEFORE UPDATE ON feedback BEGIN SELECT RAISE(ABORT, 'feedback stays as it was'); END;
)sql";

/// What each version brought, in order.
struct step {
  std::int64_t version;
  const char* sql;
};
constexpr step k_steps[] = {{5, k_create_requests}, {6, k_add_batched}, {7, k_add_routing}};
static_assert(std::end(k_steps)[-1].version == k_ledger_schema_version);

result<void> bring_up(sqlite_database& database, std::int64_t from_version) {
  for (const step& each : k_steps) {
    if (each.version > from_version) {
      if (auto done = database.execute(each.sql); !done) {
        return done;
      }
    }
  }
  return database.execute(fmt::format("PRAGMA user_version = {}", k_ledger_schema_version));
}

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
  if (*tables != 0 && *found >= k_oldest_version) {
    return bring_up(database, *found);
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
  return made ? bring_up(database, k_oldest_version) : made;
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

result<sqlite_database> open_ledger_for_reading(const std::string& path) {
  auto database = sqlite_database::open(path, open_mode::read_only);
  if (!database) {
    return database.error();
  }
  const auto owner = database->number("PRAGMA application_id");
  const auto version = database->number("PRAGMA user_version");
  if (!owner || !version) {
    return database->make_failure();
  }
  if (*owner != k_ledger_application_id) {
    return make_error(error_kind::unavailable, fmt::format("{}: is not a ledger", path));
  }
  if (*version != k_ledger_schema_version) {
    return make_error(error_kind::unavailable,
                      fmt::format("{}: has ledger schema {}, this program knows {}; serve it once with this program",
                                  path, *version, k_ledger_schema_version));
  }
  return database;
}

} // namespace inferenceflow::store
