/// The ledger's tables, version by version.
///
/// Role:      opening a ledger brings its file to k_ledger_schema_version.
/// Lifecycle: pure functions on an open connection.
/// Threading: the connection's thread.
/// Bounds:    one transaction per migration step: it happens whole or not at all.
///            Step 3 copies every row: it needs as much free disk as the file is large.
/// Source:    SQLite documentation: STRICT tables, PRAGMA user_version, PRAGMA application_id.
#pragma once

#include "store/sqlite_database.h"

namespace inferenceflow::store {

/// 1: the table, append-only by trigger. 2: an index for sums over time. 3: entry_id is the identity of a row, and
/// request_id is no longer unique.
inline constexpr std::int64_t k_ledger_schema_version = 3;

/// Creates or migrates the tables up to `version`; does nothing when they are there.
/// @returns unavailable: not a database, another program's database, a newer schema (both versions are named), locked.
[[nodiscard]] result<void> migrate_ledger(sqlite_database& database, std::int64_t version = k_ledger_schema_version);

} // namespace inferenceflow::store
