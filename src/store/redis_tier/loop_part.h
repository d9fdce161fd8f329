/// What the tier has on each event loop: a client, and a voice that other replicas believe.
///
/// Role:      redis_tier finds the one of the loop that it is called on.
/// Lifecycle: make before the loop runs → calls on the loop → end() → destruction, at any time.
/// Threading: on its loop, except where noted.
/// Bounds:    those of redis::client.
#pragma once

#include "base/clock.h"
#include "cache/keyed_hash.h"
#include "net/event_loop.h"
#include "store/redis/client.h"
#include "store/redis_tier/news.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace inferenceflow::store::redis_tier {

class loop_part : public std::enable_shared_from_this<loop_part> {
public:
  /// @param origin  random; no other part of any replica has it.
  loop_part(net::event_loop& loop, const redis::options& settings, const cache::secret_bytes& key, std::string channel,
            std::uint64_t origin);

  [[nodiscard]] net::event_loop& loop() noexcept { return loop_; }        ///< any thread
  [[nodiscard]] std::uint64_t origin() const noexcept { return origin_; } ///< any thread
  /// Null after end(): look again after each co_await.
  [[nodiscard]] redis::client* client() noexcept { return client_.get(); }

  /// What tells the other replicas; nothing when it cannot be made.
  [[nodiscard]] result<redis::command> telling(const news& what, wall_time now);
  /// Tells it, at most once.
  void tell(const news& what, wall_time now);

  /// Takes down what the client has counted, for other threads.
  void note();
  /// The same, soon. Any thread, while the loop exists.
  void note_soon();

  [[nodiscard]] redis::statistics counted() const;                     ///< any thread
  [[nodiscard]] bool available() const noexcept { return available_; } ///< any thread

  /// Ends the client. On the loop, or while it does not run.
  void end();

private:
  net::event_loop& loop_;
  std::unique_ptr<redis::client> client_;
  news_writer writer_;
  std::string channel_;
  std::uint64_t origin_;
  std::atomic<bool> available_{true};
  std::atomic<bool> noting_{false};
  std::atomic<bool> ended_{false};
  mutable std::mutex mutex_;
  redis::statistics counted_;
};

} // namespace inferenceflow::store::redis_tier
