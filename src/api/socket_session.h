/// One socket of /v1/stream: reads what its client asks, runs the requests beside each other, writes what they answer.
///
/// Role:      the surface opens one per WebSocket; every request goes through the router like one over HTTP.
/// Lifecycle: make_shared → run(), once; when it completes, no request is left and nothing is written any more.
/// Threading: the connection's event loop.
/// Bounds:    limits.requests_max requests that are being answered or whose answer waits to be sent; k_unsent_bytes_max
///            per request; k_notices_max messages that belong to no request, then reading waits.
/// Source:    docs/websocket.md.
#pragma once

#include "api/service.h"
#include "api/socket_exchange.h"
#include "api/socket_message.h"
#include "api/socket_turns.h"
#include "http/websocket.h"
#include "net/wake_event.h"
#include "wire/json/token_index.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::api {

class socket_session : public std::enable_shared_from_this<socket_session> {
public:
  static constexpr std::size_t k_unsent_bytes_max = 256U << 10U;
  static constexpr std::size_t k_notices_max = 64;

  /// @param opened  head of the request that opened the socket: who asks, for all of its requests.
  /// Lifetime: all of these outlive run().
  socket_session(http::raw_connection& connection, const http::request_head& opened, service& serving);
  socket_session(const socket_session&) = delete;
  socket_session& operator=(const socket_session&) = delete;

  /// Serves until the client closes, is gone, or the server shuts down and every request is answered.
  /// Cancellation: the connection's end; every request is cancelled with it.
  [[nodiscard]] net::task<void> run();

private:
  struct request;
  static constexpr socket_turns::line_id k_notices = 0;

  [[nodiscard]] static net::task<void> write(std::shared_ptr<socket_session> self);
  [[nodiscard]] static net::task<void> serve(std::shared_ptr<socket_session> self, std::shared_ptr<request> asked);
  /// @returns false when nothing more will come.
  [[nodiscard]] net::task<bool> read_one();
  void take(const std::string& text);
  void start(const socket_message& message);
  void cancel(const socket_message& message);
  void refuse(std::string_view id, const error& why);
  void notice(std::string message);
  [[nodiscard]] std::optional<std::string> next();
  [[nodiscard]] std::shared_ptr<request> running(std::string_view id) const;
  void retire_if_sent(const request& done);
  void close_if_drained();

  http::raw_connection& connection_;
  const http::request_head& opened_;
  service& serving_;
  wire::json::token_index index_;
  socket_turns turns_{k_unsent_bytes_max};
  std::map<socket_turns::line_id, std::shared_ptr<request>> requests_;
  socket_turns::line_id last_line_ = k_notices;
  http::websocket socket_;
  net::wake_event notices_sent_;
  net::wake_event ended_; ///< a request or the writer
  bool writing_ = false;
};

} // namespace inferenceflow::api
