/// What all requests of all loops share: the machines, the mutex around them, and who waits for a place.
///
/// Role:      app/ makes one; line_table and journey work on it.
/// Lifecycle: outlives every line and journey.
/// Threading: thread-safe through `mutex`, which is held for a few hundred nanoseconds at a time and never while
///            anything else is called.
/// Bounds:    waiting journeys: those of the backends' queues.
#pragma once

#include "dispatch/machines.h"
#include "resilience/random_stream.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace inferenceflow::dispatch {

class journey;

/// Runs in whatever thread freed the place; must own what it touches.
using turn_callback = std::function<void()>;

struct switchboard {
  /// @param seed  of backoff jitter and random choices.
  explicit switchboard(std::uint64_t seed)
      : random(seed) {}

  std::atomic<resilience::waiter_id> last_id{0};
  std::mutex mutex; ///< guards what follows
  machine_registry machines;
  resilience::random_stream random;
  std::unordered_map<resilience::waiter_id, journey*> waiting;
};

} // namespace inferenceflow::dispatch
