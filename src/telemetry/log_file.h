/// Writes log lines to a file descriptor from a thread of its own.
///
/// Role:      the log_sink of the running process.
/// Lifecycle: open_log_file() → append* → destroy, which writes what is left and joins the thread.
/// Threading: thread-safe; one writer thread. A reader that closed the pipe raises no SIGPIPE: the thread blocks it.
/// Bounds:    k_log_buffer_bytes_max bytes wait; k_log_batch_bytes wake the writer before its second is over.
/// Source:    write(2), signal(7).
#pragma once

#include "base/error.h"
#include "telemetry/log.h"

#include <cstddef>
#include <memory>
#include <string>

namespace inferenceflow::telemetry {

inline constexpr std::size_t k_log_buffer_bytes_max = 4U << 20U;
inline constexpr std::size_t k_log_batch_bytes = 64U << 10U;

/// @param path  file to append to, created with mode 0640; "-" is standard output.
/// @returns unavailable naming the path when it cannot be opened.
[[nodiscard]] result<std::unique_ptr<log_sink>> open_log_file(const std::string& path);

/// Same for a descriptor that is already open. @param owned  closed at the end.
[[nodiscard]] std::unique_ptr<log_sink> log_to_descriptor(int descriptor, bool owned);

} // namespace inferenceflow::telemetry
