/// How far a download is: a bar on a terminal, a line per tenth elsewhere.
///
/// Role:      the pull command owns one.
/// Lifecycle: construct → show()* → end().
/// Threading: one thread.
/// Bounds:    drawn at most every k_draw_every.
#pragma once

#include "base/clock.h"

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

namespace inferenceflow::app::models {

inline constexpr std::chrono::milliseconds k_draw_every{100};

struct download_progress {
  std::uint64_t bytes = 0;            ///< that are on disk
  std::uint64_t began_with = 0;       ///< of an earlier try
  std::optional<std::uint64_t> total; ///< none = the server does not say
  std::chrono::duration<double> elapsed{0};
};

/// "1.5 MiB", "87 B".
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);

/// One line, without its end. @param bar  with a bar.
[[nodiscard]] std::string progress_text(const download_progress& now, bool bar);

class progress_view {
public:
  /// @param terminal  whether `out` is one. Lifetime: both outlive it.
  progress_view(std::ostream& out, const clock_source& clock, bool terminal);
  void show(const download_progress& now);
  /// Draws the last of the bar, which may have come too soon after the one before, and leaves its line.
  void end();

private:
  std::ostream& out_;
  const clock_source& clock_;
  bool terminal_;
  bool drawn_ = false;
  download_progress last_;
  std::uint64_t tenths_ = 0;
  steady_time drawn_at_{};
};

} // namespace inferenceflow::app::models
