/// Who waits for a place, in order, and who is told at once that waiting is pointless.
///
/// Role:      one per backend (beside its adaptive_concurrency) or one per gateway. Ids in, ids out.
/// Lifecycle: an id is in it from an offer() that queued it to the next() or cancel() that names it; whoever waits
/// calls
///            cancel() when its time is up.
/// Threading: none of its own; one loop or its owner's mutex guards it.
/// Bounds:    waiters_max ids; nobody waits longer than wait_max. O(log n) per call.
/// Source:    refusing by estimated wait: "The Tail at Scale" and Beyer et al., "Site Reliability Engineering", ch. 21.
#pragma once

#include "base/clock.h"
#include "base/error.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>

namespace inferenceflow::resilience {

/// Names a waiting request; the caller's choice, unique among those that wait.
using waiter_id = std::uint64_t;

struct admission_settings {
  std::size_t waiters_max = 1'024;                   ///< 0 = nobody waits, to 1000000
  std::chrono::milliseconds wait_max{10'000};        ///< 1 ms to 10 min
  std::chrono::milliseconds retry_after_max{60'000}; ///< told to who is refused; 1 s to 1 h
  bool refuse_as_rate_limit = true;                  ///< 429 rate_limited; false = 503 unavailable
};

/// What offer() said.
struct admission_verdict {
  bool queued = false;
  steady_time deadline{};              ///< when queued: until when it may wait
  std::chrono::seconds retry_after{0}; ///< when refused: an estimate of when there will be room; at least 1
};

class admission_queue {
public:
  /// @param settings  a value outside its bounds counts as the nearest bound.
  explicit admission_queue(const admission_settings& settings);

  /// Asks to wait. Refused when the queue is full, or when those in front take longer than there is time.
  /// @param id        not waiting here already.
  /// @param deadline  until when the caller can wait; wait_max may end it earlier.
  [[nodiscard]] admission_verdict offer(waiter_id id, steady_time deadline, steady_time now);

  /// A place became free: the one who has waited longest and whose time is not up. It has left the queue.
  [[nodiscard]] std::optional<waiter_id> next(steady_time now);

  /// The waiter left. @returns false when it was not waiting.
  bool cancel(waiter_id id);

  [[nodiscard]] bool empty() const noexcept { return by_order_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return by_order_.size(); }

  /// How long somebody would wait who came now; 0 as long as nobody was ever served from the queue.
  [[nodiscard]] std::chrono::nanoseconds wait_estimate(steady_time now) const noexcept;

  /// The error that a refused caller is told. @param retry_after  from the verdict.
  [[nodiscard]] error refusal(std::chrono::seconds retry_after) const;

private:
  using ticket = std::uint64_t; ///< number in the order of arrival
  struct waiter {
    waiter_id id;
    steady_time deadline;
  };
  using waiters = std::map<ticket, waiter>;

  void remove(waiters::iterator gone);
  [[nodiscard]] std::chrono::nanoseconds interval(steady_time now) const noexcept;

  admission_settings settings_;
  ticket next_ticket_ = 0;
  waiters by_order_;
  std::unordered_map<waiter_id, ticket> by_id_;
  double interval_ns_ = 0;      ///< average between two departures while others waited
  steady_time interval_from_{}; ///< the last departure, or when somebody began to wait in an empty queue
};

} // namespace inferenceflow::resilience
