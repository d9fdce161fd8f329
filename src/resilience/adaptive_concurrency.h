/// How many calls a backend can take at once, found out from how long it takes to the first token.
///
/// Role:      one per backend; the pipeline asks for a place before each call and queues or goes elsewhere without one.
/// Lifecycle: every try_acquire() that succeeded is followed by one release().
/// Threading: none of its own; one loop or its owner's mutex guards it.
/// Bounds:    the limit stays between least and most.
/// Source:    Gradient2 of Netflix' concurrency-limits (Gradient2Limit.java, with its sampling in windows); the
/// decrease
///            on refusals is that of TCP: Chiu and Jain, "Analysis of the Increase and Decrease Algorithms", 1989.
#pragma once

#include "base/clock.h"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace inferenceflow::resilience {

struct concurrency_settings {
  std::size_t least = 4;  ///< 1 to 10000
  std::size_t most = 512; ///< least to 100000
  std::size_t first = 32; ///< limit at start; least to most
  std::size_t queue = 4;  ///< calls that may wait inside the backend: how fast the limit grows; 1 to 1000
  std::size_t tolerance_percent =
      150; ///< times to first token up to this share of the usual one are no sign; 100 to 1000
  std::size_t smoothing_percent = 20;      ///< share of a step that is taken; 1 to 100
  std::size_t refusal_percent = 75;        ///< of the limit that is left after a 429 or 503; 10 to 99
  std::size_t samples_min = 10;            ///< a window with fewer times changes nothing; 1 to 10000
  std::size_t windows_long = 100;          ///< windows over which "usual" is averaged; 10 to 10000
  std::chrono::milliseconds window{1'000}; ///< one step per window; 10 ms to 1 min
};

class adaptive_concurrency {
public:
  /// @param settings  a value outside its bounds counts as the nearest bound.
  explicit adaptive_concurrency(const concurrency_settings& settings) noexcept;

  [[nodiscard]] bool has_place() const noexcept { return in_flight_ < limit(); }

  /// Takes a place. @returns false when the limit is reached.
  [[nodiscard]] bool try_acquire() noexcept;

  /// Gives a place back, however the call ended.
  void release() noexcept;

  /// The first token came. @param elapsed  from sending the request to it.
  void first_token(std::chrono::nanoseconds elapsed, steady_time now) noexcept;

  /// A call was answered that shows no first token of its own (a document in one piece): where there are only such, the
  /// limit grows by one for each limit's worth of them, and only refusals make it shrink.
  void answered(steady_time now) noexcept;

  /// The backend refused a call for being too busy (429, 503, 529). At most one decrease per window: what was in flight
  /// together is refused together.
  void refused(steady_time now) noexcept;

  [[nodiscard]] std::size_t limit() const noexcept { return static_cast<std::size_t>(limit_); }
  [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_; }

private:
  void step(steady_time now) noexcept;
  void begin_window(steady_time now) noexcept;

  concurrency_settings settings_;
  double limit_;
  double usual_ns_ = 0; ///< long-term average of the windows' means; 0 = none yet
  std::size_t windows_ = 0;
  std::size_t in_flight_ = 0;
  std::size_t in_flight_most_ = 0; ///< in this window
  std::size_t samples_ = 0;        ///< in this window
  double sum_ns_ = 0;              ///< of this window's samples
  steady_time window_end_{};
  steady_time refusals_ignored_until_{};
};

} // namespace inferenceflow::resilience
