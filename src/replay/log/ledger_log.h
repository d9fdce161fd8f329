/// Our own ledger as a log.
///
/// Role:      open_log() makes one for a SQLite file.
/// Lifecycle: see log_reader.h.
/// Threading: one thread; blocking. A gateway may go on writing: rows after open are read or not, each whole.
/// Bounds:    one row and its body at a time.
/// Source:    store/ledger_history.h.
#pragma once

#include "replay/log/log_reader.h"

namespace inferenceflow::replay {

/// @returns unavailable when it cannot be read, is another program's database, or of a version that this program has
/// not
///          served yet.
[[nodiscard]] result<std::unique_ptr<log_reader>> open_ledger_log(const std::string& path);

} // namespace inferenceflow::replay
