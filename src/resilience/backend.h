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

#include <algorithm>
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
};

struct target_settings {
  breaker_settings breaker = {};
  hedge_settings hedging = {};
  key_settings keys = {};
  std::chrono::milliseconds load_decay{10'000}; ///< of the peak EWMA; 1 ms to 1 h
};

/// One model on one backend. A key that is no good at all (401, 402) sits out for every model of the backend; one that
/// is limited or forbidden (429, 403) for this model alone, since providers count and permit by model.
struct target {
  target(backend& behind, const target_settings& settings)
      : on(behind)
      , breaker(settings.breaker)
      , load(settings.load_decay)
      , first_tokens(settings.hedging)
      , limits(behind.keys.size(), settings.keys) {}

  /// The next key in turn that is good for this model. @returns nothing when all sit out.
  [[nodiscard]] std::optional<std::size_t> choose_key(steady_time now) noexcept {
    for (std::size_t tries = limits.size(); tries > 0; --tries) {
      const auto key = limits.choose(now);
      if (!key || on.keys.good_at(*key) <= now) {
        return key;
      }
    }
    return std::nullopt;
  }
  [[nodiscard]] bool any_key(steady_time now) const noexcept { return key_good_at() <= now; }
  /// When the first key is good again; the past if one is good now.
  [[nodiscard]] steady_time key_good_at() const noexcept {
    steady_time earliest = steady_time::max();
    for (std::size_t key = 0; key < limits.size(); ++key) {
      earliest = std::min(earliest, std::max(limits.good_at(key), on.keys.good_at(key)));
    }
    return earliest;
  }
  void key_succeeded(std::size_t key) noexcept {
    limits.succeeded(key);
    on.keys.succeeded(key);
  }
  void key_failed(std::size_t key, fault what, std::optional<std::chrono::milliseconds> retry_after,
                  steady_time now) noexcept {
    (what == fault::rate_limited || what == fault::key_forbidden ? limits : on.keys)
        .failed(key, what, retry_after, now);
  }

  backend& on;
  circuit_breaker breaker;
  target_load load;
  first_token_times first_tokens;
  key_bench limits;
  steady_time rests_until{}; ///< it said 503 or 529 with Retry-After
};

} // namespace inferenceflow::resilience
