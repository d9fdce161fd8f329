#include "app/models/progress.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <ostream>

namespace inferenceflow::app::models {

namespace {

constexpr std::size_t k_bar_width = 24;
constexpr double k_tenths = 10;
/// Where nobody knows how much there is, a line per so many bytes.
constexpr std::uint64_t k_line_every_bytes = 64U << 20U;

double share(const download_progress& now) {
  return now.total && *now.total != 0 ? std::min(static_cast<double>(now.bytes) / static_cast<double>(*now.total), 1.0)
                                      : 0;
}

} // namespace

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 4> k_units{"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1'024) {
    return fmt::format("{} B", bytes);
  }
  double amount = static_cast<double>(bytes) / 1'024;
  std::size_t unit = 0;
  while (amount >= 1'024 && unit + 1 < k_units.size()) {
    amount /= 1'024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", amount, k_units[unit]);
}

std::string progress_text(const download_progress& now, bool bar) {
  const double rate =
      now.elapsed.count() > 0 ? static_cast<double>(now.bytes - now.began_with) / now.elapsed.count() : 0;
  std::string line;
  if (now.total) {
    if (bar) {
      const auto full = static_cast<std::size_t>(share(now) * k_bar_width);
      line = fmt::format("[{}{}] ", std::string(full, '#'), std::string(k_bar_width - full, ' '));
    }
    line += fmt::format("{:3.0f} %  {} of {}", share(now) * 100, bytes_text(now.bytes), bytes_text(*now.total));
  } else {
    line = bytes_text(now.bytes);
  }
  if (rate > 0) {
    line += fmt::format("  {}/s", bytes_text(static_cast<std::uint64_t>(rate)));
    if (now.total && *now.total > now.bytes) {
      line += fmt::format("  {:.0f} s left", static_cast<double>(*now.total - now.bytes) / rate);
    }
  }
  return line;
}

progress_view::progress_view(std::ostream& out, const clock_source& clock, bool terminal)
    : out_(out)
    , clock_(clock)
    , terminal_(terminal) {}

void progress_view::show(const download_progress& now) {
  last_ = now;
  if (terminal_) {
    const auto at = clock_.steady_now();
    if (!drawn_ || at - drawn_at_ >= k_draw_every || now.bytes == now.total) {
      out_ << "\r\x1b[K" << progress_text(now, true) << std::flush;
      drawn_ = true;
      drawn_at_ = at;
    }
    return;
  }
  const auto tenths = now.total ? static_cast<std::uint64_t>(share(now) * k_tenths) : now.bytes / k_line_every_bytes;
  if (tenths > tenths_) {
    tenths_ = tenths;
    out_ << progress_text(now, false) << std::endl;
  }
}

void progress_view::end() {
  if (drawn_) {
    out_ << "\r\x1b[K" << progress_text(last_, true) << '\n' << std::flush;
    drawn_ = false;
  }
}

} // namespace inferenceflow::app::models
