/// Commands to one Redis or Valkey, alone or a cluster, from one event loop.
///
/// Role:      the second tier of the cache reads, writes and erases by it; answers late or never cost a cache miss.
/// Lifecycle: construct (connects to nothing) → run(), fire(), … → stop() or destruction, before the loop's. Callers
/// that
///            still wait then get unavailable.
/// Threading: one event loop; not thread-safe.
/// Bounds:    options; k_redirects_max per command; k_keys_max per run_many() and get_many(); k_scan_rounds_max per
/// node and scan(). Source:    docs/adr/0022-hiredis-for-the-protocol.md
///
/// Commands of concurrent callers share one connection per node and its writes; none waits for the answer of another,
/// but a big value holds up what is written behind it.
#pragma once

#include "base/error.h"
#include "net/cancel_scope.h"
#include "net/event_loop.h"
#include "net/task.h"
#include "store/redis/command.h"
#include "store/redis/options.h"
#include "store/redis/reply.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::redis {

class topology;

inline constexpr std::size_t k_redirects_max = 5;
inline constexpr std::size_t k_keys_max = 4'096;
inline constexpr std::size_t k_scan_rounds_max = 4'000'000;

class client {
public:
  /// @param loop  outlives the client.
  /// @param seed  of the random part of pauses; from the kernel in production.
  client(net::event_loop& loop, options settings, std::uint64_t seed);
  ~client();
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  /// Sends a command and waits for its answer, redirects included, for at most `budget`.
  /// @param scope  may be null; outlives the call.
  /// @returns unavailable at once while the breaker is open, in the pause after a failed connect, when the queue is
  ///          full, or when Redis cannot now (OOM, LOADING, …); upstream_timeout when the budget is spent;
  ///          upstream_failed when the connection is lost or Redis answers another failure; cancelled.
  /// Cancellation: through `scope`, or by destroying the coroutine. A command that was written may still be executed.
  [[nodiscard]] net::task<result<reply>> run(command what, std::chrono::milliseconds budget,
                                             net::cancel_scope* scope = nullptr);

  using answer_sink = std::function<void(const reply&)>;

  /// Sends a command that nobody waits for; while Redis is away it is kept for options.fired_age_max. Failures are
  /// counted in statistics.
  /// @param then  runs on the loop when Redis has answered with no failure; may fire(), and must not call run().
  /// @returns false when the queue is full: it was dropped.
  bool fire(command what, answer_sink then = {});

  /// Sends many commands at once, each to the node of its slot, and waits for all answers.
  /// @param all  at most k_keys_max; kept until the end.
  /// @returns one result per command, in their order, as run().
  /// Cancellation: by destroying the coroutine.
  [[nodiscard]] net::task<std::vector<result<reply>>> run_many(std::vector<command> all,
                                                               std::chrono::milliseconds budget);

  /// GETs of many keys at once, each from the node of its slot.
  /// @param keys  at most k_keys_max; copied before the first suspension.
  /// @returns one result per key, in their order: a text, nil, or as run().
  /// Cancellation: by destroying the coroutine.
  [[nodiscard]] net::task<std::vector<result<reply>>> get_many(std::vector<std::string> keys,
                                                               std::chrono::milliseconds budget);

  /// What scan() tells: some keys; the views are good during the call. Keys may come twice, as SCAN has it.
  /// @returns false to hear no more: scan() then ends well, after at most one more round per master.
  using key_sink = std::function<bool(std::span<const std::string_view>)>;

  /// Tells all keys that begin with `prefix`, of all masters. Keys that are written or erased meanwhile may be missing.
  /// @param count  keys looked at per round, 1 to 10000; Redis serves nobody else during a round.
  /// @param budget  per round.
  /// @returns as run(); what was told before a failure stays true.
  /// Cancellation: by destroying the coroutine.
  [[nodiscard]] net::task<result<void>> scan(std::string prefix, std::size_t count, std::chrono::milliseconds budget,
                                             key_sink sink);

  /// Ends all connections; what waits gets unavailable, what was fired is dropped. Idempotent.
  void stop();

  /// run() would not be refused at once by every node.
  [[nodiscard]] bool available() const;
  [[nodiscard]] statistics stats() const;

private:
  std::shared_ptr<topology> nodes_; ///< coroutines share it
};

} // namespace inferenceflow::redis
