/// Stops asking a backend that keeps failing, and finds out carefully when it is back.
///
/// Role:      one per backend and model; what counts as a failure is the caller's business.
/// Lifecycle: closed → open → half-open → closed or open again. Every enter() that admits is followed by exactly one of
///            succeeded(), failed() or dropped(), only that a call that succeeded with its first byte may fail later. A
///            place whose caller never reports is given away after probe_time.
/// Threading: none of its own; one loop or its owner's mutex guards it.
/// Bounds:    probes_max calls at a time while half-open; open for at most open_time_max at a time.
/// Source:    Nygard, "Release It!", ch. 5; growth of the open time as Envoy's outlier ejection does it.
///
/// Failures are counted against the calls that began, not against those that ended: a refusal comes back in
/// milliseconds and an answer in seconds, so of the calls that ended in the last moments of a busy backend most are
/// failures.
#pragma once

#include "base/clock.h"
#include "resilience/sliding_window.h"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace inferenceflow::resilience {

struct breaker_settings {
  std::chrono::milliseconds window{10'000}; ///< over which the share is measured; 1 s to 10 min
  std::size_t failure_percent = 50;         ///< opens at this share of failures among the calls begun; 1 to 100
  std::size_t calls_min = 20;               ///< no share is taken of fewer calls; 1 to 100000
  std::size_t consecutive_failures = 5; ///< opens after so many without a success between them, if they are that share
                                        ///< of the calls begun since the last success; 0 = never, to 1000
  std::chrono::milliseconds open_time{5'000};      ///< first time; doubles each time in a row; 100 ms to 10 min
  std::chrono::milliseconds open_time_max{60'000}; ///< open_time to 1 h
  std::size_t probes_max = 2;                      ///< calls at a time while half-open; 1 to 100
  std::size_t probes_good = 2;                     ///< successes in a row that close it again; 1 to 100
  std::chrono::milliseconds probe_time{120'000};   ///< a probe without an outcome counts as lost after this; 1 s to 1 h
};

enum class breaker_state : std::uint8_t { closed, open, half_open };

/// What enter() gave: leave to call, to be handed back with the outcome.
struct breaker_permit {
  bool admitted = false;
  std::uint32_t era = 0; ///< the state's number: outcomes of calls that began before it changed count no more
};

class circuit_breaker {
public:
  /// @param settings  a value outside its bounds counts as the nearest bound.
  explicit circuit_breaker(const breaker_settings& settings) noexcept;

  /// Whether enter() would admit a call at `now`. Changes nothing.
  [[nodiscard]] bool allows(steady_time now) const noexcept;

  /// Asks for leave to call at `now`; an open breaker whose time is over becomes half-open.
  [[nodiscard]] breaker_permit enter(steady_time now) noexcept;

  /// The call went well, or has begun to: its first byte is enough. @param permit  what enter() returned.
  void succeeded(breaker_permit permit, steady_time now) noexcept;
  /// The call failed in a way that counts.
  void failed(breaker_permit permit, steady_time now) noexcept;
  /// The call ended in a way that says nothing about the backend, e.g. the client left.
  void dropped(breaker_permit permit) noexcept;

  /// State at `now`; open turns into half-open by time alone.
  [[nodiscard]] breaker_state state(steady_time now) const noexcept;

  /// When a call may be admitted: `now` or earlier if at once; a guess while every probe is in flight.
  [[nodiscard]] steady_time retry_at(steady_time now) const noexcept;

private:
  static constexpr std::size_t k_calls = 0;
  static constexpr std::size_t k_failures = 1;

  [[nodiscard]] bool probe_place(steady_time now) const noexcept;
  [[nodiscard]] bool too_many_failures() const noexcept;
  void enter_state(breaker_state next, steady_time now) noexcept;
  void open(steady_time now) noexcept;

  breaker_settings settings_;
  sliding_window<2> window_;
  breaker_state state_ = breaker_state::closed;
  std::uint32_t era_ = 0;
  std::size_t failures_in_row_ = 0;
  std::size_t begun_since_success_ = 0;
  std::size_t probes_in_flight_ = 0;
  std::size_t probes_succeeded_ = 0;
  std::chrono::nanoseconds open_time_{0}; ///< the last one; 0 = never opened
  steady_time since_{};                   ///< when the state was entered
  steady_time last_probe_{};
};

} // namespace inferenceflow::resilience
