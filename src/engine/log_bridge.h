/// Hands llama.cpp's log lines to the owner instead of to stderr.
///
/// Role:      engine_set owns one; llama.cpp's logger is one per process.
/// Lifecycle: at most one alive; construct before the first model is loaded, destroy after the last engine stopped.
/// Threading: the sink is called from any thread, one call at a time.
/// Bounds:    one unfinished line of k_log_line_bytes_max.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace inferenceflow::engine {

inline constexpr std::size_t k_log_line_bytes_max = 4096;

enum class log_level : std::uint8_t { debug, info, warning, error };

/// @param line  without its newline.
using log_sink = std::function<void(log_level level, std::string_view line)>;

class log_bridge {
public:
  /// @param sink  may be empty: the lines are dropped.
  explicit log_bridge(log_sink sink);
  /// Drops what llama.cpp logs from now on.
  ~log_bridge();
  log_bridge(const log_bridge&) = delete;
  log_bridge& operator=(const log_bridge&) = delete;

private:
  class state;
  std::unique_ptr<state> state_;
};

} // namespace inferenceflow::engine
