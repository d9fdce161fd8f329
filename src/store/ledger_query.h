/// Sums over committed ledger rows.
///
/// Role:      what ledger::totals() runs on its reading connection.
/// Lifecycle: pure functions.
/// Threading: the connection's thread.
/// Bounds:    query.rows_max lines; sums of money saturate.
#pragma once

#include "store/ledger.h"
#include "store/sqlite_database.h"

namespace inferenceflow::store {

/// @returns unavailable when the database cannot be read.
[[nodiscard]] result<std::vector<cost_total>> sum_ledger(sqlite_database& database, const cost_query& query);

/// @returns the newest row with this id, nullopt when there is none, unavailable when the database cannot be read.
[[nodiscard]] result<std::optional<ledger_row>> find_row(sqlite_database& database, std::string_view request_id);

} // namespace inferenceflow::store
