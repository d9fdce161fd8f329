/// One command and the coroutine that waits for its answer.
///
/// Role:      client makes one per command and node; it ties pipeline, breaker and cancellation together.
/// Lifecycle: begin() → wait() once → destroy. Destroyed before the answer, it leaves its place in the pipeline
/// orderly. Threading: one event loop; not thread-safe. Bounds:    its deadline.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "net/cancel_scope.h"
#include "net/task.h"
#include "net/wake_event.h"
#include "store/redis/node.h"

#include <memory>
#include <optional>
#include <utility>

namespace inferenceflow::redis {

class exchange {
public:
  explicit exchange(std::shared_ptr<node> at)
      : at_(std::move(at)) {}
  ~exchange();
  exchange(const exchange&) = delete;
  exchange& operator=(const exchange&) = delete;

  /// Queues the command. What it is refused for, wait() tells.
  void begin(const command& what, steady_time deadline, bool asking);

  /// @param scope  cancels the wait; may be null.
  /// @returns the answer, a failure in Redis' words included; unavailable, upstream_failed, upstream_timeout,
  /// cancelled. Cancellation: through `scope`, or by destruction of the coroutine.
  [[nodiscard]] net::task<result<reply>> wait(net::cancel_scope* scope);

private:
  void settle();

  std::shared_ptr<node> at_;
  call_ptr call_; ///< null when it was refused
  resilience::breaker_permit permit_;
  std::optional<result<reply>> outcome_;
  net::wake_event done_;
};

} // namespace inferenceflow::redis
