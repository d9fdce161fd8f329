/// How long to wait before the next attempt to connect.
///
/// Role:      node and subscriber; a random part keeps the loops and replicas of a gateway apart.
/// Lifecycle: next() after each failure; reset() when the server has answered.
/// Threading: one event loop; not thread-safe.
/// Bounds:    base ≤ max; a pause is never longer than max, never shorter than half of what it could be.
/// Source:    "equal jitter", M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
#pragma once

#include "resilience/random_stream.h"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace inferenceflow::redis {

class backoff {
public:
  /// @param base  longest first pause; doubles with each failure up to `max`. Both at least 1 ms.
  backoff(std::chrono::milliseconds base, std::chrono::milliseconds max, std::uint64_t seed) noexcept
      : base_(std::max(base, std::chrono::milliseconds{1}))
      , max_(std::max(max, base_))
      , ceiling_(base_)
      , random_(seed) {}

  /// The pause to make now.
  [[nodiscard]] std::chrono::milliseconds next() noexcept {
    const std::chrono::milliseconds half = ceiling_ / 2;
    const auto spread = static_cast<std::uint32_t>((ceiling_ - half).count());
    ceiling_ = std::min(2 * ceiling_, max_);
    return half + std::chrono::milliseconds{random_.below(spread + 1)};
  }

  void reset() noexcept { ceiling_ = base_; }

private:
  std::chrono::milliseconds base_;
  std::chrono::milliseconds max_;
  std::chrono::milliseconds ceiling_;
  resilience::random_stream random_;
};

} // namespace inferenceflow::redis
