/// The bodies of requests that the ledger was told to keep, each different one once, with how often it came.
///
/// Role:      ledger_writer counts the request of each row that has one, in the transaction of the row.
/// Lifecycle: open() → count_up()* → trim() before each COMMIT; recount() after a ROLLBACK.
/// Threading: the writer's thread.
/// Bounds:    limits.rows_max rows and limits.bytes_max bytes; beyond them those asked least recently go.
#pragma once

#include "store/ledger.h"
#include "store/sqlite_database.h"
#include "store/table_room.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace inferenceflow::store {

/// Names a kept body; the ledger's row has it too.
using request_key = std::array<char, 16>;

/// Of path, tenant and body, with their lengths, so that no border can be shifted.
[[nodiscard]] request_key key_of(const kept_request& asked, std::string_view tenant);

class request_table {
public:
  /// Lifetime: the connection must outlive the table; the object `database` may move.
  /// @returns unavailable when the table is not as expected.
  [[nodiscard]] static result<request_table> open(sqlite_database& database, const request_limits& limits);

  /// Counts `asked`, which a request of `tenant` brought at `at_ms`, and keeps it if it is new.
  /// @param key  as key_of() made it.
  /// @returns the code of the failure, or SQLITE_DONE.
  [[nodiscard]] int count_up(sqlite_database& database, const request_key& key, const kept_request& asked,
                             std::string_view tenant, std::int64_t at_ms);

  /// Drops what was asked least recently while there is too much. @returns as count_up().
  [[nodiscard]] int trim() { return room_.trim(); }

  /// The transaction was rolled back: what was counted in it is not there.
  void recount() { room_.recount(); }

private:
  explicit request_table(table_room room)
      : room_(std::move(room)) {}

  [[nodiscard]] int insert(std::string_view key, const kept_request& asked, std::string_view tenant,
                           std::int64_t at_ms);

  table_room room_;
  sqlite_statement again_;
  sqlite_statement first_;
};

} // namespace inferenceflow::store
