/// A progress bar on a terminal, a line per tenth elsewhere.
///
/// Role:      whatever takes longer than a few seconds.
/// Lifecycle: construct → at()* or step()* → destroy, which ends the line.
/// Threading: thread-safe.
/// Bounds:    none.
#pragma once

#include <cstddef>
#include <cstdio>
#include <fmt/format.h>
#include <mutex>
#include <string>
#include <unistd.h>

namespace inferenceflow::bench {

class progress_bar {
public:
  progress_bar(std::string what, std::size_t of)
      : what_(std::move(what))
      , of_(of == 0 ? 1 : of) {}
  ~progress_bar() {
    if (terminal_ && shown_ >= 0) {
      fmt::print(stderr, "\n");
    }
  }
  progress_bar(const progress_bar&) = delete;
  progress_bar& operator=(const progress_bar&) = delete;

  void at(std::size_t done) {
    const std::lock_guard lock{mutex_};
    show(done);
  }

  /// So much more is done.
  void step(std::size_t more) {
    const std::lock_guard lock{mutex_};
    show(done_ + more);
  }

private:
  void show(std::size_t done) {
    done_ = done;
    const int percent = static_cast<int>(100 * done / of_);
    if (percent == shown_ || (!terminal_ && percent / 10 == shown_ / 10 && shown_ >= 0)) {
      return;
    }
    shown_ = percent;
    constexpr int k_width = 40;
    const auto full = static_cast<std::size_t>(k_width * percent / 100);
    fmt::print(stderr, "{}{:<24} [{}{}] {:>3} %{}", terminal_ ? "\r" : "", what_, std::string(full, '#'),
               std::string(k_width - full, '.'), percent, terminal_ ? "" : "\n");
    std::fflush(stderr);
  }

  std::mutex mutex_;
  std::string what_;
  std::size_t of_;
  std::size_t done_ = 0;
  int shown_ = -1;
  bool terminal_ = ::isatty(STDERR_FILENO) == 1;
};

} // namespace inferenceflow::bench
