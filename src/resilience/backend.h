/// What is remembered of one backend, and of one model on it, between requests.
///
/// Role:      fallback_plan reads and feeds them; the caller keeps them, probes, and serves the queue.
/// Lifecycle: from configuration to shutdown, over reloads where the backend stayed the same. A backend outlives its
///            targets, a target every plan that names it.
/// Threading: none of their own; one loop or their owner's mutex guards a backend and its targets together.
/// Bounds:    about 1 KiB for each, plus what waits in the queue.
#pragma once

#include "base/clock.h"
#include "resilience/adaptive_concurrency.h"
#include "resilience/admission_queue.h"
#include "resilience/circuit_breaker.h"
#include "resilience/health.h"
#include "resilience/hedge_policy.h"
#include "resilience/key_bench.h"
#include "resilience/target_load.h"

#include <chrono>
#include <cstddef>
#include <optional>

namespace inferenceflow::resilience {

struct backend_settings {
  std::size_t keys = 1; ///< how many API keys; 1 for a backend without any
  health_settings wellness = {};
  concurrency_settings places = {};
  key_settings keys_bench = {};
  admission_settings waiting = {};
};

struct backend {
  explicit backend(const backend_settings& settings)
      : wellness(settings.wellness)
      , places(settings.places)
      , keys(settings.keys, settings.keys_bench)
      , waiting(settings.waiting) {}

  /// Whether a request that comes now gets a place: none is given past those who wait.
  [[nodiscard]] bool has_place() const noexcept { return waiting.empty() && places.has_place(); }

  /// Who may call now, to be asked until it names nobody whenever an attempt has ended. The named one takes its place
  /// in fallback_plan::on_dequeued() before anything else is asked.
  [[nodiscard]] std::optional<waiter_id> next_waiter(steady_time now) {
    return places.has_place() ? waiting.next(now) : std::nullopt;
  }

  health wellness;
  adaptive_concurrency places;
  key_bench keys;
  admission_queue waiting;
  steady_time rests_until{}; ///< it said 503 or 529 with Retry-After
};

struct target_settings {
  breaker_settings breaker = {};
  hedge_settings hedging = {};
  std::chrono::milliseconds load_decay{10'000}; ///< of the peak EWMA; 1 ms to 1 h
};

/// One model on one backend.
struct target {
  target(backend& behind, const target_settings& settings)
      : on(behind)
      , breaker(settings.breaker)
      , load(settings.load_decay)
      , first_tokens(settings.hedging) {}

  backend& on;
  circuit_breaker breaker;
  target_load load;
  first_token_times first_tokens;
};

} // namespace inferenceflow::resilience
