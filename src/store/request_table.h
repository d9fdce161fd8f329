/// The bodies of requests that the ledger was told to keep, each different one once, with how often it came.
///
/// Role:      ledger_writer counts the request of each row that has one, in the transaction of the row.
/// Lifecycle: open() → count_up()* → trim() before each COMMIT; recount() after a ROLLBACK.
/// Threading: the writer's thread.
/// Bounds:    limits.rows_max rows and limits.bytes_max bytes; beyond them those asked least recently go.
#pragma once

#include "store/ledger.h"
#include "store/sqlite_database.h"

#include <cstdint>

namespace inferenceflow::store {

class request_table {
public:
  /// Lifetime: the connection must outlive the table; the object `database` may move.
  /// @returns unavailable when the table is not as expected.
  [[nodiscard]] static result<request_table> open(sqlite_database& database, const request_limits& limits);

  /// Counts `asked`, which a request of `tenant` brought at `at_ms`, and keeps it if it is new.
  /// @returns the code of the failure, or SQLITE_DONE.
  [[nodiscard]] int count_up(sqlite_database& database, const kept_request& asked, std::string_view tenant,
                             std::int64_t at_ms);

  /// Drops what was asked least recently while there is too much. @returns as count_up().
  [[nodiscard]] int trim();

  /// The transaction was rolled back: what was counted in it is not there.
  void recount();

private:
  explicit request_table(const request_limits& limits)
      : limits_(limits) {}

  [[nodiscard]] int insert(std::string_view key, const kept_request& asked, std::string_view tenant,
                           std::int64_t at_ms);

  request_limits limits_;
  sqlite_statement again_;
  sqlite_statement first_;
  sqlite_statement sizes_;
  sqlite_statement drop_;
  std::int64_t rows_ = 0;
  std::int64_t bytes_ = 0;
};

} // namespace inferenceflow::store
