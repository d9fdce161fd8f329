/// What the command shows while it works: a bar on a terminal, a line per tenth elsewhere, problems between them.
///
/// Role:      the command owns one.
/// Lifecycle: construct → anything* → end().
/// Threading: one thread.
/// Bounds:    a bar is drawn at most every k_draw_every; k_problems_shown_max problems are shown, the others counted.
#pragma once

#include "app/cache_warm/tally.h"
#include "base/clock.h"

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string_view>

namespace inferenceflow::app::cache_warm {

inline constexpr std::chrono::milliseconds k_draw_every{100};
/// Where nobody knows how much there is, a line per so many requests.
inline constexpr std::uint64_t k_line_every = 100;

class shown {
public:
  /// @param out  standard error. Lifetime: both outlive it.
  shown(std::ostream& out, const clock_source& clock);

  void progress(const tally& counts, std::chrono::duration<double> elapsed);
  void problem(std::string_view text);
  void note(std::string_view text);
  /// Leaves the bar's line, and says how many problems were not shown.
  void end();

private:
  void clear();

  std::ostream& out_;
  const clock_source& clock_;
  bool terminal_;
  bool drawn_ = false;
  steady_time last_{};
  std::int64_t tenths_ = 0;
  std::uint64_t lines_ = 0;
  std::uint64_t problems_ = 0;
};

} // namespace inferenceflow::app::cache_warm
