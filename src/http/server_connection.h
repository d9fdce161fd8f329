/// One accepted connection: reads requests in order, answers each before the next.
///
/// Role:      http_server accepts it; the handler sees only exchanges.
/// Lifecycle: constructed accepted → serve() runs until the connection ends → destroyed by the server.
/// Threading: one event loop.
/// Bounds:    receive buffer of header_bytes_max + k_read_bytes; pipelined requests wait in it and in the kernel.
/// Source:    RFC 9112 §9 (connection management), RFC 9110 §10.1.1 (Expect).
#pragma once

#include "http/connection_exchange.h"
#include "http/request_parser.h"
#include "net/byte_stream.h"
#include "net/deadline_wheel.h"
#include "net/event_loop.h"
#include "net/wake_event.h"

#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <functional>
#include <string>

namespace inferenceflow::http {

struct connection_limits {
  parser_limits parser;
  std::chrono::milliseconds header_timeout{10'000};
  std::chrono::milliseconds body_timeout{60'000};
  std::chrono::milliseconds idle_timeout{75'000};
  std::chrono::milliseconds write_timeout{60'000};
};

/// Answers one request. Must answer exactly once through the exchange, or not at all when the client is gone. One that
/// throws must have logged why: the connection only sees to it that the client is not left waiting.
using handler = std::function<net::task<void>(exchange&)>;

/// Answers what never became a request (malformed, too large, too slow): status, header lines and body for an error.
struct rendered_error {
  int status = 400;
  std::string headers;
  std::string body;
};
using error_renderer = std::function<rendered_error(const error&)>;

class server_connection {
public:
  server_connection(net::event_loop& loop, net::byte_stream stream, const connection_limits& limits,
                    const handler& handle, const error_renderer& render);
  server_connection(const server_connection&) = delete;
  server_connection& operator=(const server_connection&) = delete;

  /// Serves until the client closes, an error ends it, or drain().
  [[nodiscard]] net::task<void> serve();

  /// Finish the request in progress, if any, then close; who has taken the connection over is told. Idempotent.
  void drain();
  /// Closes at once.
  void abort();

private:
  friend class connection_exchange;
  static constexpr std::size_t k_read_bytes = 8U << 10U;

  enum class step : std::uint8_t { go_on, close, linger };

  [[nodiscard]] net::task<step> serve_one();
  [[nodiscard]] net::task<bool> read_more(std::chrono::milliseconds timeout);
  [[nodiscard]] net::task<step> read_request();
  [[nodiscard]] net::task<step> refuse(const error& failure);
  [[nodiscard]] net::task<void> linger();
  void start_watch(net::cancel_scope& scope);
  void keep_watching();
  [[nodiscard]] net::task<void> end_watch(bool reusable);

  net::event_loop& loop_;
  net::byte_stream stream_;
  const connection_limits& limits_;
  const handler& handle_;
  const error_renderer& render_;
  boost::beast::flat_buffer in_;
  request_parser parser_;
  net::deadline read_deadline_;
  net::deadline write_deadline_;
  net::wake_event watch_ended_;
  net::cancel_scope* watched_ = nullptr;
  raw_connection* raw_ = nullptr; ///< of the exchange that took the connection over
  bool watching_ = false;
  bool peer_gone_ = false;
  bool timed_out_ = false;
  bool idle_ = true;
  bool draining_ = false;
};

} // namespace inferenceflow::http
