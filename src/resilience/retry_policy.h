/// Whether a failed call is tried again, and after how long.
///
/// Role:      fallback_plan asks it after each failure; retry_budget has the last word.
/// Lifecycle: immutable after construction.
/// Threading: thread-safe; the random stream is the caller's.
/// Bounds:    attempts_max sends per request; no delay over backoff_max, or retry_after_max + backoff_base.
/// Source:    full jitter: Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog 2015; RFC 9110 §10.2.3.
#pragma once

#include "base/clock.h"
#include "resilience/fault.h"
#include "resilience/random_stream.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace inferenceflow::resilience {

/// Faults where the same request may succeed a moment later.
inline constexpr fault_set k_retryable_faults{fault::connect_failed,  fault::no_first_byte, fault::broken,
                                              fault::request_timeout, fault::rate_limited,  fault::overloaded,
                                              fault::server_error};

struct retry_settings {
  std::size_t attempts_max = 4;                      ///< sends per request, the first included; 1 to 10
  std::chrono::milliseconds backoff_base{100};       ///< 1 ms to 10 s
  std::chrono::milliseconds backoff_max{5'000};      ///< backoff_base to 60 s
  std::chrono::milliseconds retry_after_max{10'000}; ///< a longer Retry-After is passed on, not waited for; 0 to 10 min
  std::chrono::milliseconds deadline{60'000};        ///< no attempt begins later than this; 1 ms to 1 h
  fault_set retryable = k_retryable_faults;
};

/// What there is to know about a request when one of its calls has failed.
struct retry_question {
  fault what = fault::broken;
  std::size_t attempts_made = 1; ///< sends so far
  bool delivered = false;        ///< the client has seen a byte of an answer
  bool elsewhere = false;        ///< the next call would go to a backend that has not failed: no need to back off
  std::optional<std::chrono::nanoseconds> retry_after =
      {}; ///< how long nobody may be asked; of the backend's own telling
  steady_time now{};
  steady_time deadline{}; ///< of the request
};

enum class retry_verdict : std::uint8_t {
  retry,
  not_retryable,
  delivered, ///< a second answer would be glued to the first one's beginning
  attempts_used,
  retry_after_too_long, ///< the client can wait for it better than the gateway can
  deadline,
};

struct retry_decision {
  retry_verdict verdict = retry_verdict::not_retryable;
  std::chrono::nanoseconds delay{0}; ///< with verdict retry: how long to wait before
};

class retry_policy {
public:
  /// @param settings  a value outside its bounds counts as the nearest bound.
  explicit retry_policy(retry_settings settings) noexcept;

  /// The decision, the budget left aside.
  [[nodiscard]] retry_decision decide(const retry_question& asked, random_stream& random) const noexcept;

  /// Uniform in [0, min(backoff_max, backoff_base · 2^(attempts_made - 1))). @param attempts_made  at least 1.
  [[nodiscard]] std::chrono::nanoseconds backoff(std::size_t attempts_made, random_stream& random) const noexcept;

  [[nodiscard]] const retry_settings& settings() const noexcept { return settings_; }

private:
  retry_settings settings_;
};

} // namespace inferenceflow::resilience
