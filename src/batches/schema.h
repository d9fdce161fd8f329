/// Tables of files and batches; private to batches/.
///
/// Role:      batch_store opens a file through it.
/// Lifecycle: free function.
/// Threading: before the connection is used.
/// Bounds:    none.
#pragma once

#include "base/error.h"
#include "store/sqlite_database.h"

namespace inferenceflow::batches {

/// States of a line in `items.state`. A line that waits has its request, one that is settled the line of its file.
inline constexpr int k_item_waiting = 0;
inline constexpr int k_item_good = 1;
inline constexpr int k_item_bad = 2;

/// Makes the tables in a new file, and checks those of an old one.
/// @returns unavailable: another program's database, a newer schema, or what SQLite said.
[[nodiscard]] result<void> make_tables(store::sqlite_database& database);

} // namespace inferenceflow::batches
