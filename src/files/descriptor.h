/// An open file of the operating system, closed with its owner.
///
/// Role:      what read_whole() and pending_file hold.
/// Lifecycle: open, moved, closed by the destructor.
/// Threading: one thread at a time.
/// Bounds:    one descriptor, never inherited by child processes.
#pragma once

#include <unistd.h>
#include <utility>

namespace inferenceflow::files {

class descriptor {
public:
  /// @param number  what open(2) returned; -1 = none.
  explicit descriptor(int number) noexcept
      : number_(number) {}
  descriptor(descriptor&& other) noexcept
      : number_(std::exchange(other.number_, -1)) {}
  descriptor& operator=(descriptor&&) = delete;
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (number_ >= 0) {
      ::close(number_);
    }
  }

  [[nodiscard]] bool open() const noexcept { return number_ >= 0; }
  [[nodiscard]] int number() const noexcept { return number_; }

private:
  int number_;
};

} // namespace inferenceflow::files
