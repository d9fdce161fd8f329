/// Listens to one channel over a connection of its own, and comes back when that breaks.
///
/// Role:      replicas hear of entries that another one erased.
/// Lifecycle: construct → start() once → stop() or destruction, before the loop's. No callback runs afterwards.
/// Threading: one event loop; not thread-safe. Callbacks run on it.
/// Bounds:    one connection; messages up to options.reply_bytes_max; a connection that is silent for
///            2 × k_silence_max is given up.
/// Source:    Redis documentation, "Pub/sub": at most once, so whoever was away has missed what was published
/// meanwhile.
#pragma once

#include "net/event_loop.h"
#include "store/redis/options.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace inferenceflow::redis {

/// What the subscriber tells.
struct subscription_events {
  std::function<void(std::string_view message)> on_message; ///< the view is good during the call
  /// Listening has begun, the first time and after each interruption: what was published before may have been missed.
  std::function<void(bool first)> on_gap;
};

class subscriber {
public:
  static constexpr std::chrono::milliseconds k_silence_max{5'000}; ///< then PING; and then as long again

  /// @param seed  of the random part of pauses.
  subscriber(net::event_loop& loop, options settings, std::string channel, subscription_events events,
             std::uint64_t seed);
  ~subscriber();
  subscriber(const subscriber&) = delete;
  subscriber& operator=(const subscriber&) = delete;

  /// Begins to connect. On the loop, or before it runs.
  void start();
  /// Ends it. Idempotent; may be called from a callback.
  void stop();

  [[nodiscard]] bool listening() const noexcept;
  /// Times that listening began.
  [[nodiscard]] std::uint64_t subscriptions() const noexcept;

private:
  class listener; ///< what the coroutine keeps alive
  std::shared_ptr<listener> listener_;
};

} // namespace inferenceflow::redis
