/// Keep-alive connections to one upstream.
///
/// Role:      upstream_call leases one per request.
/// Lifecycle: construct → acquire()* → destroy with its loop stopped; a lease must not outlive the pool.
/// Threading: one event loop; not thread-safe.
/// Bounds:    limits.connections_max sockets; limits.idle_max of them idle; beyond connections_max callers wait in the
///            order of arrival for at most the connect timeout.
/// Source:    RFC 9112 §9.3 (persistence), §9.5 (idle connections).
#pragma once

#include "http/response_parser.h"
#include "net/byte_stream.h"
#include "net/cancel_scope.h"
#include "net/connector.h"
#include "net/deadline_wheel.h"
#include "net/event_loop.h"
#include "net/task.h"
#include "net/wake_event.h"

#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <vector>

namespace inferenceflow::http {

struct pool_limits {
  std::size_t connections_max = 256;
  std::size_t idle_max = 64;
  std::chrono::milliseconds idle_timeout{55'000}; ///< below the usual 60 s of upstreams, so that we close first
};

/// One connection with what belongs to it: receive buffer and parser are reused with it.
struct upstream_connection {
  explicit upstream_connection(net::byte_stream opened)
      : stream(std::move(opened)) {}
  net::byte_stream stream;
  boost::beast::flat_buffer in;
  response_parser parser;
  bool reused = false;          ///< has carried a request before
  std::uint64_t sent_bytes = 0; ///< of requests that were answered; plain TCP only
  std::chrono::steady_clock::time_point idle_since;
};

class upstream_pool {
public:
  upstream_pool(net::event_loop& loop, net::endpoint target, pool_limits limits);
  upstream_pool(const upstream_pool&) = delete;
  upstream_pool& operator=(const upstream_pool&) = delete;

  /// A leased connection. give_back() it when the response was read to its end and may be reused; destruction closes
  /// it.
  class lease {
  public:
    lease(upstream_pool& pool, std::unique_ptr<upstream_connection> connection)
        : pool_(&pool)
        , connection_(std::move(connection)) {}
    ~lease();
    lease(lease&& other) noexcept = default;
    lease& operator=(lease&&) = delete;
    upstream_connection* operator->() const noexcept { return connection_.get(); }
    upstream_connection& operator*() const noexcept { return *connection_; }
    void give_back() &&;

  private:
    upstream_pool* pool_;
    std::unique_ptr<upstream_connection> connection_;
  };

  /// Leases an idle connection that is still good, or opens one.
  /// @param fresh  never take an idle one (after a stale connection failed).
  /// @returns upstream_failed, upstream_timeout, unavailable (all connections busy for the connect timeout), cancelled.
  /// Cancellation: through `scope`.
  [[nodiscard]] net::task<result<lease>> acquire(net::cancel_scope& scope, bool fresh);

  [[nodiscard]] std::size_t open() const noexcept { return open_; }
  [[nodiscard]] std::size_t idle() const noexcept { return idle_.size(); }

private:
  struct waiter {
    net::wake_event woken;
    bool granted = false;
    std::unique_ptr<upstream_connection> handed; ///< given back by the one before; may be absent
  };
  class place_in_line;

  [[nodiscard]] net::task<std::optional<error>> wait_for_turn(net::cancel_scope& scope, waiter& self);
  [[nodiscard]] std::unique_ptr<upstream_connection> take_idle();
  void release_turn();
  void sweep();

  net::event_loop& loop_;
  net::connector connector_;
  pool_limits limits_;
  std::chrono::milliseconds wait_max_;
  std::vector<std::unique_ptr<upstream_connection>> idle_; ///< most recently used last
  std::list<waiter*> waiting_;
  std::size_t open_ = 0; ///< leased, connecting and idle
  net::deadline sweep_due_;
};

} // namespace inferenceflow::http
