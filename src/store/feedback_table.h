/// What was said of the ledger's requests.
///
/// Role:      ledger_writer records it, in order with the rows: what was appended before is found.
/// Lifecycle: open() → record()* → trim() before each COMMIT; recount() after a ROLLBACK.
/// Threading: the writer's thread.
/// Bounds:    limits.rows_max rows and limits.bytes_max bytes, beyond which the oldest go; limits.per_request_max.
#pragma once

#include "store/ledger.h"
#include "store/sqlite_database.h"
#include "store/table_room.h"

#include <cstdint>
#include <vector>

namespace inferenceflow::store {

class feedback_table {
public:
  /// Lifetime: the connection must outlive the table; the object `database` may move.
  /// @returns unavailable when the tables are not as expected.
  [[nodiscard]] static result<feedback_table> open(sqlite_database& database, const feedback_limits& limits);

  /// Finds the request and records what is said of it, unless its source has said just that last.
  /// @param receipt  gets what became of it.
  /// @returns the code of the failure, or SQLITE_DONE.
  [[nodiscard]] int record(const feedback& said, feedback_receipt& receipt);

  /// Drops the oldest while there is too much. @returns as record().
  [[nodiscard]] int trim() { return room_.trim(); }

  /// The transaction was rolled back: what was recorded in it is not there.
  void recount() { room_.recount(); }

private:
  feedback_table(table_room room, const feedback_limits& limits)
      : room_(std::move(room))
      , limits_(limits) {}

  /// @param found  gets the entry's id and row, or nothing.
  [[nodiscard]] int find(const feedback& said, std::optional<std::int64_t>& found, ledger_row& row);
  /// @param outcome  gets repeated or too_many, or stays as it is.
  [[nodiscard]] int compare(std::int64_t entry_id, const feedback& said, feedback_outcome& outcome);
  [[nodiscard]] int insert(std::int64_t entry_id, const feedback& said);

  table_room room_;
  feedback_limits limits_;
  sqlite_statement find_;
  sqlite_statement last_;
  sqlite_statement count_;
  sqlite_statement insert_;
};

/// Selects what read_feedback() reads, of the entry ?1, oldest first.
inline constexpr std::string_view k_select_feedback =
    "SELECT source, score, label, comment, at_ms FROM feedback WHERE entry_id = ?1 ORDER BY id";

/// Reads all rows of k_select_feedback, bound to an entry; leaves `select` reset.
/// @returns the code that ended it: SQLITE_DONE if all is well.
[[nodiscard]] int read_feedback(sqlite_statement& select, const ledger_row& of, std::vector<feedback>& into);

} // namespace inferenceflow::store
