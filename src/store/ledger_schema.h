/// The ledger's tables.
///
/// Role:      opening a ledger brings its file to k_ledger_schema_version.
/// Lifecycle: pure function on an open connection.
/// Threading: the connection's thread.
/// Bounds:    one transaction: it happens whole or not at all.
/// Source:    SQLite documentation: STRICT tables, generated columns, PRAGMA user_version, PRAGMA application_id.
#pragma once

#include "store/sqlite_database.h"

namespace inferenceflow::store {

/// "IFLG": tells our files from other programs' SQLite databases.
inline constexpr std::int64_t k_ledger_application_id = 0x49464c47;

/// 1 to 3 were those of development versions. 4: entry_id holds the time, so no column and no index repeat it.
/// 5: bodies of requests beside it, if they are to be kept; a file of version 4 gets the table. 6: whether a
/// row was bought in a provider's batch.
inline constexpr std::int64_t k_ledger_schema_version = 6;

/// Creates the tables that are missing; does nothing when all are there.
/// @returns unavailable: not a database, another program's database, another schema (both versions are named), locked.
[[nodiscard]] result<void> migrate_ledger(sqlite_database& database);

} // namespace inferenceflow::store
