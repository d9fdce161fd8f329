#include "app/cache_warm/show.h"

#include "app/cache_warm/command.h"

#include <fmt/format.h>
#include <ostream>
#include <unistd.h>

namespace inferenceflow::app::cache_warm {

shown::shown(std::ostream& out, const clock_source& clock)
    : out_(out)
    , clock_(clock)
    , terminal_(::isatty(STDERR_FILENO) == 1) {}

void shown::clear() {
  if (drawn_) {
    out_ << "\r\x1b[K";
    drawn_ = false;
  }
}

void shown::progress(const tally& counts, std::chrono::duration<double> elapsed) {
  if (terminal_) {
    const steady_time now = clock_.steady_now();
    if (now - last_ >= k_draw_every || counts.reached >= 1) {
      last_ = now;
      out_ << "\r\x1b[K" << counts.progress(elapsed, true) << std::flush;
      drawn_ = true;
    }
    return;
  }
  const auto tenths = static_cast<std::int64_t>(counts.reached * 10 + 1e-9);
  const std::uint64_t lines = counts.sent / k_line_every;
  if (counts.reached >= 0 ? tenths > tenths_ : lines > lines_) {
    out_ << counts.progress(elapsed, false) << std::endl;
  }
  tenths_ = std::max(tenths_, tenths);
  lines_ = lines;
}

void shown::problem(std::string_view text) {
  if (problems_++ < k_problems_shown_max) {
    note(text);
  }
}

void shown::note(std::string_view text) {
  clear();
  out_ << text << '\n' << std::flush;
}

void shown::end() {
  if (drawn_) {
    out_ << '\n' << std::flush;
    drawn_ = false;
  }
  if (problems_ > k_problems_shown_max) {
    out_ << fmt::format("… and {} more\n", problems_ - k_problems_shown_max) << std::flush;
  }
}

} // namespace inferenceflow::app::cache_warm
