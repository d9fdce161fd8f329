/// One embed that runs, and everybody who waits for it, on whichever loop.
///
/// Role:      cached_embedder; the table finds the flight of a text, so that it is embedded once.
/// Lifecycle: made by flight_table::join_or_start() → join()* → settle() → end(). A caller that leaves takes nothing
///            from the others; when the last has left, the work is cancelled on the loop that runs it.
/// Threading: thread-safe, but scope() belongs to the loop that runs the embed.
/// Bounds:    flight_limits.
#pragma once

#include "embedding/answer_box.h"
#include "embedding/embedding.h"
#include "embedding/text_key.h"
#include "net/cancel_scope.h"
#include "net/task.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace inferenceflow::embedding {

using vector_box = answer_box<result<vector_ptr>>;

class embed_flight : public std::enable_shared_from_this<embed_flight> {
public:
  embed_flight(std::string text, net::loop_executor home);

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] net::cancel_scope& scope() { return scope_; }

  /// @returns false when it has ended, was given up, or `waiters_max` wait already.
  [[nodiscard]] bool join(const std::shared_ptr<vector_box>& waiter, std::size_t waiters_max);
  /// `waiter` waits no more.
  void leave(const vector_box* waiter);
  /// Tells everybody. Only the first call counts. @returns whether it was.
  bool settle(const result<vector_ptr>& outcome);

private:
  const std::string text_;
  net::loop_executor home_;
  net::cancel_scope scope_;

  std::mutex mutex_;
  bool closed_ = false; ///< settled, or given up by all
  std::vector<std::shared_ptr<vector_box>> waiters_;
};

struct flight_limits {
  std::size_t flights_max = 64;  ///< embeds that run at once, all loops together
  std::size_t waiters_max = 256; ///< callers of one embed
};

class flight_table {
public:
  enum class entrance : std::uint8_t {
    joined,  ///< somebody else runs it
    started, ///< the caller must run it, then end() it
    refused, ///< flights_max run already
  };
  struct admission {
    entrance how = entrance::refused;
    std::shared_ptr<embed_flight> flight = {}; ///< null when refused
  };

  explicit flight_table(flight_limits limits)
      : limits_(limits) {}

  /// @param waiter  told the outcome, unless refused.
  /// @param home    executor of the caller's loop, which runs the embed if it starts one.
  [[nodiscard]] admission join_or_start(const text_key& key, std::string_view text, net::loop_executor home,
                                        const std::shared_ptr<vector_box>& waiter);

  /// Nobody finds `flight` any more.
  void forget(const text_key& key, const embed_flight* flight);
  /// The work behind a started flight is over; its place is free. Once per start, after forget().
  void end() { running_.fetch_sub(1, std::memory_order_relaxed); }

  [[nodiscard]] std::size_t running() const { return running_.load(std::memory_order_relaxed); }

private:
  static constexpr std::size_t k_shards = 16;
  struct alignas(64) shard {
    std::mutex mutex;
    std::unordered_map<text_key, std::shared_ptr<embed_flight>, text_key_hash> flights;
  };
  [[nodiscard]] shard& shard_of(const text_key& key) { return shards_[key.high % k_shards]; }

  const flight_limits limits_;
  std::atomic<std::size_t> running_{0};
  std::array<shard, k_shards> shards_;
};

} // namespace inferenceflow::embedding
