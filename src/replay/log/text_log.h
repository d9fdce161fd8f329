/// Logs that are text: JSON lines, a JSON array, CSV.
///
/// Role:      open_log() makes one for what is no ledger.
/// Lifecycle: see log_reader.h.
/// Threading: one thread; blocking.
/// Bounds:    k_line_bytes_max per piece.
#pragma once

#include "replay/log/log_reader.h"

namespace inferenceflow::replay {

/// @returns unavailable when it cannot be read; invalid_request when it is empty or a CSV file of something else.
[[nodiscard]] result<std::unique_ptr<log_reader>> open_text_log(const std::string& path, log_format wanted);

} // namespace inferenceflow::replay
