/// The ledger's tables.
///
/// Role:      opening a ledger brings its file to k_ledger_schema_version.
/// Lifecycle: pure function on an open connection.
/// Threading: the connection's thread.
/// Bounds:    one transaction: it happens whole or not at all.
/// Source:    SQLite documentation: STRICT tables, generated columns, PRAGMA user_version, PRAGMA application_id.
#pragma once

#include "store/sqlite_database.h"

#include <string>

namespace inferenceflow::store {

/// "IFLG": tells our files from other programs' SQLite databases.
inline constexpr std::int64_t k_ledger_application_id = 0x49464c47;

/// 1 to 3 were those of development versions. 4: entry_id holds the time, so no column and no index repeat it.
/// 5: bodies of requests beside it, if they are to be kept; a file of version 4 gets the table. 6: whether a
/// row was bought in a provider's batch. 7: what the router did, which kept body is a row's, explanations of decisions,
/// feedback.
inline constexpr std::int64_t k_ledger_schema_version = 7;

/// Creates the tables that are missing; does nothing when all are there.
/// @returns unavailable: not a database, another program's database, another schema (both versions are named), locked.
[[nodiscard]] result<void> migrate_ledger(sqlite_database& database);

/// Opens a ledger's file for reading, beside a gateway that may be writing.
/// @returns unavailable naming the path: not there, not a ledger, another schema (both versions are named).
[[nodiscard]] result<sqlite_database> open_ledger_for_reading(const std::string& path);

} // namespace inferenceflow::store
