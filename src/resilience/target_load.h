/// What one target is busy with and how fast it answers: what the balancer compares.
///
/// Role:      one per backend and model; several balancers may look at the same one.
/// Lifecycle: every started() is followed by one finished() or dropped() with the same tokens.
/// Threading: none of its own; one loop or its owner's mutex guards it.
/// Bounds:    40 bytes.
/// Source:    peak EWMA: Finagle, loadbalancer/PeakEwma.scala; weights of an unevenly spaced series: Eckner,
/// "Algorithms
///            for Unevenly Spaced Time Series", 2012.
#pragma once

#include "base/clock.h"

#include <chrono>
#include <cstdint>

namespace inferenceflow::resilience {

class target_load {
public:
  static constexpr std::chrono::nanoseconds k_decay_default{10'000'000'000};

  /// @param decay  time constant of the average: an old peak weighs 1/e after it; at least 1 ms.
  explicit target_load(std::chrono::nanoseconds decay = k_decay_default) noexcept;

  /// A call begins. @param tokens  prompt plus expected answer.
  void started(std::uint64_t tokens) noexcept;

  /// A call was answered. @param tokens  as told to started(). @param answered_tokens  what it really produced, at
  /// least 1 is assumed. @param elapsed  from start to end.
  void finished(std::uint64_t tokens, std::uint64_t answered_tokens, std::chrono::nanoseconds elapsed,
                steady_time now) noexcept;

  /// A call ended without an answer: its time says nothing, a refusal is fast.
  void dropped(std::uint64_t tokens) noexcept;

  [[nodiscard]] std::uint64_t outstanding_tokens() const noexcept { return outstanding_tokens_; }
  [[nodiscard]] std::uint64_t outstanding_calls() const noexcept { return outstanding_calls_; }

  /// Nanoseconds per token, sensitive to peaks, decayed to `now`; 0 = never measured, or long ago.
  [[nodiscard]] double time_per_token_ns(steady_time now) const noexcept;

  /// Expected cost of one more token: time per token · (outstanding tokens + 1). A target that was never measured costs
  /// nothing while idle, so that it is tried, and more than any other while its first call runs.
  [[nodiscard]] double cost(steady_time now) const noexcept;

private:
  double decay_ns_;
  double peak_ewma_ns_ = 0;
  steady_time measured_at_{};
  std::uint64_t outstanding_tokens_ = 0;
  std::uint64_t outstanding_calls_ = 0;
};

} // namespace inferenceflow::resilience
