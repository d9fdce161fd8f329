/// Sums over committed ledger rows.
///
/// Role:      what ledger::totals() runs on its reading connection.
/// Lifecycle: pure functions.
/// Threading: the connection's thread.
/// Bounds:    query.rows_max lines; sums of money saturate.
#pragma once

#include "store/ledger.h"
#include "store/sqlite_database.h"

#include <string_view>
#include <vector>

namespace inferenceflow::store {

/// The entry_id of the newest row with the request_id ?1 and the tenant ?2 (empty = anybody's), or NULL. Clients choose
/// ids, so only the newest of those that repeat one are looked at.
inline constexpr std::string_view k_select_entry =
    "SELECT entry_id FROM (SELECT entry_id, tenant, role FROM ledger WHERE request_id = ?1 "
    "ORDER BY entry_id DESC LIMIT 1000) WHERE (?2 = '' OR tenant = ?2) AND role IS NOT 'shadow' "
    "ORDER BY entry_id DESC LIMIT 1";

/// @returns unavailable when the database cannot be read.
[[nodiscard]] result<std::vector<cost_total>> sum_ledger(sqlite_database& database, const cost_query& query);

/// @returns the newest row with this id, its explanation included, nullopt when there is none, unavailable when the
///          database cannot be read.
[[nodiscard]] result<std::optional<ledger_row>> find_row(sqlite_database& database, std::string_view request_id,
                                                         std::string_view tenant);

/// What was said of that row, oldest first. @returns unavailable when the database cannot be read.
[[nodiscard]] result<std::vector<feedback>> find_feedback(sqlite_database& database, std::string_view request_id,
                                                          std::string_view tenant);

} // namespace inferenceflow::store
