/// One request and the way to answer it.
///
/// Role:      whoever reads requests hands one to the handler; api/ and pipeline/ answer through it and do not care
///            whether it came alone on a connection (connection_exchange) or with others on a WebSocket.
/// Lifecycle: lives for one call of the handler: send(), or begin_stream() → write()* → finish(), or
///            switch_protocols().
/// Threading: its connection's event loop.
/// Bounds:    the implementation's; a client that takes nothing is waited for at most write_timeout.
/// Source:    RFC 9110 §15 (status codes), §6.5 (trailers).
#pragma once

#include "http/header_block.h"
#include "http/request_parser.h"
#include "net/cancel_scope.h"
#include "net/event_loop.h"
#include "net/task.h"

#include <string>
#include <string_view>

namespace inferenceflow::http {

struct raw_connection;

class exchange {
public:
  /// Lifetime: both outlive the exchange.
  exchange(const request_head& head, std::string& body)
      : head_(head)
      , body_(body) {}
  virtual ~exchange() = default;
  exchange(const exchange&) = delete;
  exchange& operator=(const exchange&) = delete;

  [[nodiscard]] const request_head& head() const noexcept { return head_; }
  /// Readable for k_body_padding_bytes past its end.
  [[nodiscard]] std::string& body() noexcept { return body_; }
  [[nodiscard]] virtual net::event_loop& loop() noexcept = 0;

  /// Cancelled when the client goes away (after watch_client()), gives this request up, or the connection dies.
  [[nodiscard]] net::cancel_scope& scope() noexcept { return scope_; }

  /// From now on notices when the client closes its connection. Call before waiting for a backend. A client that only
  /// shuts down its sending side counts as gone, as with other proxies.
  virtual void watch_client() = 0;

  /// Sends a whole answer. @param headers  lines as of header_block::text(); framing is added here.
  /// @returns false when the client is gone.
  [[nodiscard]] virtual net::task<bool> send(int status, std::string_view headers, std::string_view body) = 0;

  /// Starts an answer of unknown length.
  [[nodiscard]] virtual net::task<bool> begin_stream(int status, std::string_view headers) = 0;
  /// Sends a piece; empty pieces are skipped. Back-pressure: completes when there is room for more.
  [[nodiscard]] virtual net::task<bool> write(std::string_view piece) = 0;
  /// Ends the stream. @param trailers  lines to send as trailer fields; must have been announced with `Trailer`.
  [[nodiscard]] virtual net::task<bool> finish(std::string_view trailers) = 0;

  /// Answers 101 and hands the connection over: from now on the handler reads and writes it as taken_over(), and the
  /// connection ends with the handler. @param headers  lines, `Upgrade` among them.
  /// @returns false when the client is gone, or where there is no connection of its own to hand over.
  [[nodiscard]] virtual net::task<bool> switch_protocols(std::string_view headers) = 0;
  /// The connection, after switch_protocols() was true; null before. Lifetime: the exchange's.
  [[nodiscard]] raw_connection* taken_over() const noexcept { return taken_over_; }

  /// A head has been sent, so no other answer is possible.
  [[nodiscard]] bool started() const noexcept { return started_; }
  /// The answer was sent completely.
  [[nodiscard]] bool finished() const noexcept { return finished_; }
  [[nodiscard]] int status() const noexcept { return status_; }

protected:
  /// Notes that an answer begins.
  void begin(int status) noexcept {
    started_ = true;
    status_ = status;
  }
  /// Notes that it is complete.
  void end() noexcept { finished_ = true; }
  void hand_over(raw_connection& connection) noexcept { taken_over_ = &connection; }

private:
  const request_head& head_;
  std::string& body_;
  net::cancel_scope scope_;
  raw_connection* taken_over_ = nullptr;
  int status_ = 0;
  bool started_ = false;
  bool finished_ = false;
};

} // namespace inferenceflow::http
