/// Whether a backend is well, from what calls to it and probes of it showed, and when to probe next.
///
/// Role:      one per backend; the caller probes (a cheap request such as the list of models) when probe_due_at() says.
/// Lifecycle: healthy from the start, so that nothing waits for the first probe.
/// Threading: none of its own; one loop or its owner's mutex guards it.
/// Bounds:    between probes of a sick backend at least probe_interval_sick, at most probe_interval_sick_max.
/// Source:    thresholds as in HAProxy (rise, fall) and Envoy (healthy_threshold, unhealthy_threshold).
#pragma once

#include "base/clock.h"
#include "resilience/random_stream.h"

#include <chrono>
#include <cstddef>

namespace inferenceflow::resilience {

struct health_settings {
  std::size_t call_failures = 5; ///< failed calls in a row that make it sick; 0 = calls do not count, to 1000
  std::chrono::milliseconds call_failures_over{2'000}; ///< and over at least this long, for many calls at once may fail
                                                       ///< before the first answer of others is there; 0 to 1 min
  std::size_t probe_failures = 3;                      ///< failed probes in a row that make it sick; 1 to 100
  std::size_t successes = 2;                        ///< good probes or calls in a row that make it well again; 1 to 100
  bool probes = true;                               ///< probe at all
  bool probes_well = true;                          ///< probe a well backend too
  std::chrono::milliseconds probe_interval{10'000}; ///< of a well backend that has no traffic; 100 ms to 1 h
  std::chrono::milliseconds probe_interval_sick{1'000};      ///< first one; doubles with each bad probe; 100 ms to 1 h
  std::chrono::milliseconds probe_interval_sick_max{30'000}; ///< probe_interval_sick to 1 h
  std::chrono::milliseconds sick_time{10'000}; ///< without probes: a sick backend is given calls again; 100 ms to 1 h
};

class health {
public:
  /// @param settings  a value outside its bounds counts as the nearest bound.
  explicit health(const health_settings& settings) noexcept;

  /// Whether calls should go there at `now`. A sick backend that nobody probes is given calls again after sick_time.
  [[nodiscard]] bool usable(steady_time now) const noexcept;
  [[nodiscard]] bool sick() const noexcept { return sick_; }

  /// A call went well, or its first byte came: the backend lives, so the next probe can wait.
  void call_succeeded(steady_time now) noexcept;
  /// A call failed in a way that blames the backend as a whole (connection, silence).
  void call_failed(steady_time now) noexcept;

  /// When the caller should probe next; the end of time without probes.
  [[nodiscard]] steady_time probe_due_at() const noexcept;

  /// A probe ended. @param random  spreads the probes of many gateways: each interval is 90 to 110 % of its length.
  void probed(bool good, steady_time now, random_stream& random) noexcept;

private:
  void went_well(steady_time now) noexcept;
  void fall_sick(steady_time now) noexcept;

  health_settings settings_;
  bool sick_ = false;
  std::size_t calls_failed_in_row_ = 0;
  std::size_t probes_failed_in_row_ = 0;
  std::size_t good_in_row_ = 0;
  std::chrono::nanoseconds interval_sick_{0};
  steady_time since_{};         ///< when it fell sick, or failed again on trial
  steady_time failing_since_{}; ///< the first of calls_failed_in_row_
  steady_time probe_due_{};
};

} // namespace inferenceflow::resilience
