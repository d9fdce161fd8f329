/// One request of an HTTP/1.1 connection.
///
/// Role:      server_connection makes one per request and hands it to the handler as an exchange.
/// Lifecycle: lives for one call of the handler.
/// Threading: its connection's event loop.
/// Bounds:    each write waits at most write_timeout for the client to take it, then the connection is aborted.
/// Source:    RFC 9112 §7.1 (chunked), §7.1.2 (trailers), §9.3 (persistence); RFC 9110 §7.8 (Upgrade).
#pragma once

#include "http/exchange.h"
#include "http/raw_connection.h"

#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::http {

class server_connection;

class connection_exchange final : public exchange {
public:
  connection_exchange(server_connection& connection, const request_head& head, std::string& body)
      : exchange(head, body)
      , connection_(connection) {}
  ~connection_exchange() override;
  connection_exchange(const connection_exchange&) = delete;
  connection_exchange& operator=(const connection_exchange&) = delete;

  [[nodiscard]] net::event_loop& loop() noexcept override;
  void watch_client() override;
  [[nodiscard]] net::task<bool> send(int status, std::string_view headers, std::string_view body) override;
  /// Chunked, or until close for HTTP/1.0.
  [[nodiscard]] net::task<bool> begin_stream(int status, std::string_view headers) override;
  /// Completes when the kernel took it.
  [[nodiscard]] net::task<bool> write(std::string_view piece) override;
  [[nodiscard]] net::task<bool> finish(std::string_view trailers) override;
  [[nodiscard]] net::task<bool> switch_protocols(std::string_view headers) override;

  /// Nothing but the end of the connection can follow (a stream to HTTP/1.0, another protocol).
  [[nodiscard]] bool ends_by_close() const noexcept { return ends_by_close_; }

private:
  [[nodiscard]] std::string head_text(int status, std::string_view headers, std::string_view framing) const;
  [[nodiscard]] net::task<bool> put(std::string_view first, std::string_view second, std::string_view third);

  server_connection& connection_;
  std::optional<raw_connection> raw_;
  bool chunked_ = false;
  bool ends_by_close_ = false;
};

} // namespace inferenceflow::http
