#include "batches/schema.h"

#include <fmt/format.h>

namespace inferenceflow::batches {

namespace {

constexpr std::int64_t k_schema_version = 2;
constexpr std::int64_t k_application_id = 0x49464241; // "IFBA"

/// Contents lie apart from what is listed, in pieces, so that no list reads them and no file is read at once. Output
/// files have no pieces: their content is the lines of their batch.
constexpr const char* k_create = R"sql(
CREATE TABLE files (
  number    INTEGER PRIMARY KEY AUTOINCREMENT,
  id        TEXT    NOT NULL UNIQUE,
  tenant    TEXT    NOT NULL,
  filename  TEXT    NOT NULL,
  purpose   TEXT    NOT NULL,
  bytes     INTEGER NOT NULL,
  created_s INTEGER NOT NULL,
  expires_s INTEGER NOT NULL,
  batch     INTEGER NOT NULL DEFAULT 0,
  state     INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX files_by_tenant ON files (tenant, number);
CREATE INDEX files_by_expiry ON files (expires_s) WHERE expires_s > 0;
CREATE TABLE pieces (
  file  TEXT    NOT NULL,
  at    INTEGER NOT NULL,
  bytes BLOB    NOT NULL,
  UNIQUE (file, at)
) STRICT;
CREATE TABLE batches (
  number        INTEGER PRIMARY KEY AUTOINCREMENT,
  id            TEXT    NOT NULL UNIQUE,
  tenant        TEXT    NOT NULL,
  user          TEXT    NOT NULL,
  endpoint      TEXT    NOT NULL,
  input_file    TEXT    NOT NULL,
  window        TEXT    NOT NULL,
  metadata      TEXT    NOT NULL,
  errors        TEXT    NOT NULL DEFAULT '',
  output_file   TEXT    NOT NULL DEFAULT '',
  error_file    TEXT    NOT NULL DEFAULT '',
  status        INTEGER NOT NULL,
  total         INTEGER NOT NULL DEFAULT 0,
  completed     INTEGER NOT NULL DEFAULT 0,
  failed        INTEGER NOT NULL DEFAULT 0,
  stored_bytes  INTEGER NOT NULL DEFAULT 0,
  created_s     INTEGER NOT NULL,
  in_progress_s INTEGER NOT NULL DEFAULT 0,
  expires_s     INTEGER NOT NULL,
  finalizing_s  INTEGER NOT NULL DEFAULT 0,
  completed_s   INTEGER NOT NULL DEFAULT 0,
  failed_s      INTEGER NOT NULL DEFAULT 0,
  expired_s     INTEGER NOT NULL DEFAULT 0,
  cancelling_s  INTEGER NOT NULL DEFAULT 0,
  cancelled_s   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX batches_by_tenant ON batches (tenant, number);
CREATE INDEX batches_unfinished ON batches (tenant) WHERE status IN (0, 2, 3, 6);
CREATE TABLE items (
  batch     INTEGER NOT NULL,
  line      INTEGER NOT NULL,
  state     INTEGER NOT NULL,
  custom_id TEXT    NOT NULL,
  text      TEXT    NOT NULL,
  UNIQUE (batch, state, line)
) STRICT;
PRAGMA application_id = {application};
)sql";

/// Since version 2. Batches at providers with their lines; the requests of the lines stay in `items`.
constexpr const char* k_create_pooled = R"sql(
CREATE TABLE pooled (
  number    INTEGER PRIMARY KEY,
  target    TEXT    NOT NULL,
  mark      TEXT    NOT NULL,
  remote    TEXT    NOT NULL DEFAULT '',
  created_s INTEGER NOT NULL
) STRICT;
CREATE TABLE pooled_lines (
  pooled     INTEGER NOT NULL,
  batch      INTEGER NOT NULL,
  line       INTEGER NOT NULL,
  request_id TEXT    NOT NULL,
  UNIQUE (batch, line)
) STRICT;
CREATE INDEX pooled_lines_by_batch ON pooled_lines (pooled);
PRAGMA user_version = {version};
)sql";

result<void> make_locked(store::sqlite_database& database) {
  const auto found = database.number("PRAGMA user_version");
  const auto owner = database.number("PRAGMA application_id");
  const auto tables = database.number("SELECT count(*) FROM sqlite_schema");
  if (!found || !owner || !tables) {
    return database.make_failure();
  }
  if (*tables != 0 && *owner != k_application_id) {
    return make_error(error_kind::unavailable, "is another program's database; name another file for batches.path");
  }
  if (*found > k_schema_version) {
    return make_error(
        error_kind::unavailable,
        fmt::format("has schema {}, this program knows {}; use the newer program", *found, k_schema_version));
  }
  if (*tables != 0 && *found == k_schema_version) {
    return {};
  }
  auto made = *tables != 0
                  ? result<void>{}
                  : database.execute(fmt::format(fmt::runtime(k_create), fmt::arg("application", k_application_id)));
  return made ? database.execute(fmt::format(fmt::runtime(k_create_pooled), fmt::arg("version", k_schema_version)))
              : made;
}

} // namespace

result<void> make_tables(store::sqlite_database& database) {
  if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) {
    return begun;
  }
  auto made = make_locked(database);
  if (made) {
    made = database.execute("COMMIT");
  }
  if (!made) {
    (void)database.run("ROLLBACK");
  }
  return made;
}

} // namespace inferenceflow::batches
