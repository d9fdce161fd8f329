/// One server: its connection, its queue and its breaker.
///
/// Role:      client sends commands to it; connections come about when there is something to send.
/// Lifecycle: make → send(), fire() → stop(). Its coroutines keep it alive until they have ended.
/// Threading: one event loop; not thread-safe.
/// Bounds:    one connection; options' queues and times; between attempts to connect a pause as backoff.h says.
/// Source:    docs/adr/0022-hiredis-for-the-protocol.md
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "net/cancel_scope.h"
#include "net/connector.h"
#include "net/event_loop.h"
#include "net/task.h"
#include "resilience/circuit_breaker.h"
#include "store/redis/backoff.h"
#include "store/redis/options.h"
#include "store/redis/pipeline.h"
#include "store/redis/session.h"

#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <optional>

namespace inferenceflow::redis {

class node : public std::enable_shared_from_this<node> {
public:
  /// @param settings, counts  shared with the client and its other nodes.
  node(net::event_loop& loop, node_name name, std::shared_ptr<const options> settings,
       std::shared_ptr<statistics> counts, std::uint64_t seed);
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  /// Leave to call; to be given back with settle().
  /// @returns unavailable at once while the breaker is open, or in the pause after a failed attempt to connect.
  [[nodiscard]] result<resilience::breaker_permit> enter(steady_time now);
  /// @param outcome  true: it answered; false: it did not; nothing: says nothing about the node.
  void settle(resilience::breaker_permit permit, std::optional<bool> outcome);

  /// Queues a call that was entered, or a fired one. @returns false when the queue is full or the node stopped.
  [[nodiscard]] bool send(call_ptr next);
  /// The caller of `left` has gone.
  void abandon(call& left) { pipeline_.abandon(left); }

  /// Ends everything; on_done of what is queued runs with unavailable. Idempotent.
  void stop();

  [[nodiscard]] const node_name& name() const noexcept { return name_; }
  [[nodiscard]] bool connected() const noexcept { return session_ != nullptr; }
  [[nodiscard]] resilience::breaker_state breaker(steady_time now) const noexcept { return breaker_.state(now); }
  /// A call would not be refused at once.
  [[nodiscard]] bool takes_calls(steady_time now) const noexcept;

private:
  net::task<void> drive(std::shared_ptr<node> self);
  net::task<void> write_all(std::shared_ptr<node> self, std::shared_ptr<session> open);
  net::task<error> read_all(std::shared_ptr<session> open);
  void pause_after(const error& why);
  void watch(steady_time when);
  void look();
  [[nodiscard]] error labelled(error why) const;

  net::event_loop& loop_;
  node_name name_;
  std::shared_ptr<const options> settings_;
  std::shared_ptr<statistics> counts_;
  net::connector connector_;
  pipeline pipeline_;
  resilience::circuit_breaker breaker_;
  backoff backoff_;
  net::cancel_scope scope_;
  std::shared_ptr<session> session_; ///< null while there is no connection
  std::string failure_;              ///< why the last connection or attempt ended
  steady_time retry_at_{};           ///< no attempt to connect before
  boost::asio::steady_timer retry_timer_;
  boost::asio::steady_timer watch_timer_;
  std::optional<steady_time> watched_; ///< when watch_timer_ fires
  bool driving_ = false;
  bool stopped_ = false;
};

} // namespace inferenceflow::redis
