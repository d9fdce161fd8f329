/// Rows of the store as records, and transactions; private to batches/.
///
/// Role:      both halves of batch_store.
/// Lifecycle: free functions.
/// Threading: that of the connection.
/// Bounds:    rows_of(): what the caller asks for.
#pragma once

#include "batches/store.h"

namespace inferenceflow::batches {

inline constexpr std::string_view k_file_columns = "id, tenant, filename, purpose, bytes, created_s, expires_s";
inline constexpr std::string_view k_batch_columns =
    "number, id, tenant, user, endpoint, input_file, window, metadata, errors, output_file, error_file, status, total, "
    "completed, failed, created_s, in_progress_s, expires_s, finalizing_s, completed_s, failed_s, expired_s, "
    "cancelling_s, cancelled_s";

/// From a row of k_file_columns, k_batch_columns.
[[nodiscard]] file_record file_of(const store::sqlite_statement& row);
[[nodiscard]] batch_record batch_of(const store::sqlite_statement& row);

/// At most `count_max` rows of a statement that asks for one more.
template <class Record>
[[nodiscard]] result<listed<Record>> rows_of(store::sqlite_database& database, store::sqlite_statement& statement,
                                             std::int64_t count_max, Record (*read)(const store::sqlite_statement&)) {
  listed<Record> all;
  int code = SQLITE_DONE;
  while ((code = statement.step()) == SQLITE_ROW) {
    if (static_cast<std::int64_t>(all.records.size()) == count_max) {
      all.more = true;
      return all;
    }
    all.records.push_back(read(statement));
  }
  return code == SQLITE_DONE ? result<listed<Record>>{std::move(all)} : database.make_failure();
}

template <class Work> auto batch_store::in_transaction(Work work) -> decltype(work()) {
  if (auto begun = database_.execute("BEGIN IMMEDIATE"); !begun) {
    return begun.error();
  }
  auto done = work();
  if (done) {
    if (auto committed = database_.execute("COMMIT"); !committed) {
      done = committed.error();
    }
  }
  if (!done) {
    (void)database_.run("ROLLBACK");
  }
  return done;
}

} // namespace inferenceflow::batches
