/// What targets have been like lately: how fast, how long their answers, how they count tokens.
///
/// Role:      the pipeline records every answer and asks for each candidate's figures when it chooses.
/// Lifecycle: outlives every loop; kept over reloads, since a target is known by its identity.
/// Threading: thread-safe; one mutex, held for the arithmetic only.
/// Bounds:    k_targets_max targets of 1.5 KiB; the one used longest ago gives way. Old answers fade, half of their
///            weight in `half_life`.
#pragma once

#include "base/clock.h"
#include "resilience/latency_sketch.h"
#include "routing/choice/candidate.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>

namespace inferenceflow::routing {

/// One answer.
struct experienced {
  std::chrono::nanoseconds first_token{}; ///< from the call; 0 = not told apart, as in an answer that came whole
  std::chrono::nanoseconds whole{};       ///< from the call to the end of the answer
  std::int64_t output_tokens = 0;         ///< hidden ones included
  std::int64_t prompt_tokens = 0;         ///< as the backend reported them; 0 = it did not
  std::uint64_t prompt_bytes = 0;
};

class experience {
public:
  static constexpr std::size_t k_targets_max = 4'096;

  explicit experience(std::chrono::nanoseconds half_life = std::chrono::minutes{10}) noexcept
      : half_life_(half_life) {}

  /// @param target  routing::route::identity of a single target.
  void record(std::uint64_t target, const experienced& answer, steady_time now);

  /// Fills speed, tokens per byte and, where it is 0, output tokens. What is unknown stays as it is.
  void recall(std::uint64_t target, candidate& into) const;

private:
  struct entry {
    explicit entry(std::chrono::nanoseconds half_life)
        : first_token(half_life)
        , per_token(half_life) {}
    resilience::latency_sketch first_token;
    resilience::latency_sketch per_token; ///< in microseconds for nanoseconds: the sketch begins at a millisecond
    double output_tokens = 0;
    double tokens_per_byte = 0;
    steady_time used{};
  };

  [[nodiscard]] entry& entry_of(std::uint64_t target, steady_time now);

  std::chrono::nanoseconds half_life_;
  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, entry> targets_;
};

} // namespace inferenceflow::routing
