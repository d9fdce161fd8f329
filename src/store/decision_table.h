/// Why the router chose as it did, one explanation for each ledger row that has one.
///
/// Role:      ledger_writer keeps the explanation of each row that was routed, in the transaction of the row. What it
///            says in short stands in the row itself, which is never dropped.
/// Lifecycle: open() → keep()* → trim() before each COMMIT; recount() after a ROLLBACK.
/// Threading: the writer's thread.
/// Bounds:    limits.rows_max rows and limits.bytes_max bytes; beyond them the oldest go.
#pragma once

#include "store/ledger.h"
#include "store/sqlite_database.h"
#include "store/table_room.h"

#include <cstdint>
#include <string_view>

namespace inferenceflow::store {

class decision_table {
public:
  /// Lifetime: the connection must outlive the table; the object `database` may move.
  /// @returns unavailable when the table is not as expected.
  [[nodiscard]] static result<decision_table> open(sqlite_database& database, const decision_limits& limits);

  /// @param entry_id  of the row. @returns the code of the failure, or SQLITE_DONE.
  [[nodiscard]] int keep(std::int64_t entry_id, std::string_view explanation);

  /// Drops the oldest while there is too much. @returns as keep().
  [[nodiscard]] int trim() { return room_.trim(); }

  /// The transaction was rolled back: what was kept in it is not there.
  void recount() { room_.recount(); }

private:
  explicit decision_table(table_room room)
      : room_(std::move(room)) {}

  table_room room_;
  sqlite_statement insert_;
};

} // namespace inferenceflow::store
