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

/// 1 to 3 were those of development versions. 4: entry_id holds the time, so no column and no index repeat it.
inline constexpr std::int64_t k_ledger_schema_version = 4;

/// Creates the tables; does nothing when they are there.
/// @returns unavailable: not a database, another program's database, another schema (both versions are named), locked.
[[nodiscard]] result<void> migrate_ledger(sqlite_database& database);

} // namespace inferenceflow::store
