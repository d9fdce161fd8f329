/// Accepts connections on one event loop and serves each until it ends.
///
/// Role:      app/ creates one per loop on the same port; the kernel spreads connections over them.
/// Lifecycle: construct → listen() → start() → drain() → idle → destroyed after its loop has stopped.
/// Threading: everything but the shared connection count belongs to the loop's thread.
/// Bounds:    options.connections_max over all loops (shared count); beyond it a connection is answered 503 and closed.
/// Source:    socket(7) SO_REUSEPORT; tcp(7) TCP_NODELAY.
#pragma once

#include "base/error.h"
#include "http/server_connection.h"
#include "net/event_loop.h"

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <string>

namespace inferenceflow::http {

struct server_options {
  connection_limits limits;
  std::size_t connections_max = 10'000;
  std::shared_ptr<boost::asio::ssl::context> tls; ///< null = plain HTTP
  handler handle;
  error_renderer render;
  std::function<void(bool opened)> on_connection; ///< told of each connection that opens and closes; may be empty
  std::function<void(const std::exception&)> on_exception; ///< told of what ended a connection; may be empty
};

/// Loads certificate chain and key (PEM) into a server context: TLS 1.2 and later.
/// @returns invalid_request naming the file and what is wrong with it.
[[nodiscard]] result<std::shared_ptr<boost::asio::ssl::context>> load_server_tls(const std::string& certificate_file,
                                                                                 const std::string& key_file);

/// Makes sure that nobody listens there yet: SO_REUSEPORT, with which our loops share a port, would let a second
/// process take half of the first one's connections unnoticed.
/// @returns unavailable naming address and reason.
[[nodiscard]] result<void> check_address_free(const std::string& host, std::uint16_t port);

class server {
public:
  /// @param open_connections  shared by all loops' servers; outlives them.
  server(net::event_loop& loop, server_options options, std::atomic<std::size_t>& open_connections);
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Binds. @param port 0 = any. @returns the port bound, or unavailable naming address and reason.
  [[nodiscard]] result<std::uint16_t> listen(const std::string& host, std::uint16_t port);

  /// Accepts from now on. Call on the loop or before it runs.
  void start();

  /// Stops accepting, closes idle connections, lets requests in flight finish. On the loop.
  void drain();

  /// Closes everything at once. On the loop.
  void abort();

  /// Connections open on this loop.
  [[nodiscard]] std::size_t connections() const noexcept { return connections_.size(); }

private:
  using connection_list = std::list<server_connection>;
  [[nodiscard]] net::task<void> accept_loop();
  [[nodiscard]] net::task<void> run(connection_list::iterator connection);
  void admit(net::tcp_socket socket);

  net::event_loop& loop_;
  server_options options_;
  std::atomic<std::size_t>& open_connections_;
  boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, net::loop_executor> acceptor_;
  connection_list connections_;
};

} // namespace inferenceflow::http
