/// Keeps a table within its bounds: counts what is added, and drops the oldest rows when there is too much.
///
/// Role:      the tables beside the ledger: kept requests, decisions, feedback.
/// Lifecycle: open() → added()* → trim() before each COMMIT; recount() after a ROLLBACK.
/// Threading: the writer's thread.
/// Bounds:    limits.rows_max rows and limits.bytes_max bytes, by the table's own column `size`.
#pragma once

#include "store/sqlite_database.h"

#include <cstdint>
#include <string_view>

namespace inferenceflow::store {

struct room_limits {
  std::int64_t rows_max = 0;
  std::int64_t bytes_max = 0;
};

class table_room {
public:
  /// @param table  has a column `size` in bytes.
  /// @param key    its integer primary key.
  /// @param age    columns that order it, oldest first; ends with the key, so that no two rows are equal.
  /// Lifetime: the connection must outlive this; the object `database` may move.
  /// @returns unavailable when the table is not as expected.
  [[nodiscard]] static result<table_room> open(sqlite_database& database, std::string_view table, std::string_view key,
                                               std::string_view age, const room_limits& limits);

  /// A row of so many bytes was inserted.
  void added(std::int64_t size) noexcept {
    ++rows_;
    bytes_ += size;
  }

  /// Drops the oldest while there is too much. @returns the code of the failure, or SQLITE_DONE.
  [[nodiscard]] int trim();

  /// The transaction was rolled back: what was counted in it is not there.
  void recount();

private:
  explicit table_room(const room_limits& limits)
      : limits_(limits) {}
  [[nodiscard]] bool fits() const noexcept { return rows_ <= limits_.rows_max && bytes_ <= limits_.bytes_max; }

  room_limits limits_;
  sqlite_statement sizes_;
  sqlite_statement drop_;
  std::int64_t rows_ = 0;
  std::int64_t bytes_ = 0;
};

} // namespace inferenceflow::store
