/// The tables that the writer writes.
///
/// Role:      the ledger's rows and what is kept beside them, as one.
/// Lifecycle: open() on a migrated database → used → destroyed before its connection.
/// Threading: the writer's thread.
/// Bounds:    those of each.
#pragma once

#include "store/decision_table.h"
#include "store/feedback_table.h"
#include "store/ledger_columns.h"
#include "store/request_table.h"

namespace inferenceflow::store {

struct ledger_tables {
  ledger_inserts rows;
  request_table requests;
  decision_table decisions;
  feedback_table feedback;

  /// Lifetime: the connection must outlive the tables; the object `database` may move.
  /// @returns unavailable when a table is not as expected.
  [[nodiscard]] static result<ledger_tables> open(sqlite_database& database, const ledger_options& options);

  /// Drops the oldest of what is bounded. @returns the code of the failure, or SQLITE_DONE.
  [[nodiscard]] int trim();

  /// After a ROLLBACK.
  void recount();
};

} // namespace inferenceflow::store
