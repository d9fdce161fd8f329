/// Many coarse time-outs for the price of one timer: a hashed timing wheel.
///
/// Role:      every connection arms its header, idle, first-byte and write time-outs here.
/// Lifecycle: the wheel outlives its deadlines; a deadline disarms itself when destroyed.
/// Threading: one event loop; not thread-safe.
/// Bounds:    memory is one intrusive node per deadline; a deadline fires at most two ticks late, never early.
/// Source:    Varghese and Lauck, "Hashed and Hierarchical Timing Wheels", SOSP 1987, scheme 6.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace inferenceflow::net {

class deadline;

class deadline_wheel {
public:
  static constexpr std::chrono::milliseconds k_tick{50};

  deadline_wheel() = default;
  deadline_wheel(const deadline_wheel&) = delete;
  deadline_wheel& operator=(const deadline_wheel&) = delete;
  ~deadline_wheel();

  /// Moves time on by `ticks` and runs what has expired. An expired hook may arm, disarm or destroy any deadline.
  void advance(std::uint64_t ticks);

  /// Deadlines that are armed.
  [[nodiscard]] std::size_t armed() const noexcept { return armed_; }

  /// Called when the first deadline is armed on an empty wheel, so that the owner can start its timer.
  void on_first_armed(std::function<void()> start) { start_ = std::move(start); }

private:
  friend class deadline;
  static constexpr std::size_t k_slots = 1024;

  struct node {
    node* next = this;
    node* previous = this;
    void unlink() noexcept;
    void push_back(node& other) noexcept;
    [[nodiscard]] bool alone() const noexcept { return next == this; }
  };

  void expire_slot(node& slot);

  std::array<node, k_slots> slots_;
  std::uint64_t now_tick_ = 0;
  std::size_t armed_ = 0;
  std::function<void()> start_;
};

/// One time-out that can be armed again and again.
class deadline : private deadline_wheel::node {
public:
  /// @param expired  runs on the loop when the time is up, with the deadline disarmed.
  deadline(deadline_wheel& wheel, std::function<void()> expired)
      : wheel_(wheel)
      , expired_(std::move(expired)) {}
  ~deadline() { disarm(); }
  deadline(const deadline&) = delete;
  deadline& operator=(const deadline&) = delete;

  /// (Re)starts the time-out. @param after  ≤ 0 means never: the deadline is disarmed.
  void arm(std::chrono::milliseconds after);
  void disarm() noexcept;
  [[nodiscard]] bool armed() const noexcept { return armed_; }

private:
  friend class deadline_wheel;
  deadline_wheel& wheel_;
  std::function<void()> expired_;
  std::uint64_t due_tick_ = 0;
  bool armed_ = false;
};

} // namespace inferenceflow::net
