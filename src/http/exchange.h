/// One request and the way to answer it.
///
/// Role:      server_connection hands it to the handler; api/ and pipeline/ answer through it.
/// Lifecycle: lives for one call of the handler: send(), or begin_stream() → write()* → finish().
/// Threading: its connection's event loop.
/// Bounds:    each write waits at most write_timeout for the client to take it, then the connection is aborted.
/// Source:    RFC 9112 §7.1 (chunked), §7.1.2 (trailers), §9.3 (persistence).
#pragma once

#include "http/header_block.h"
#include "http/request_parser.h"
#include "net/byte_stream.h"
#include "net/cancel_scope.h"
#include "net/deadline_wheel.h"
#include "net/event_loop.h"
#include "net/task.h"

#include <chrono>
#include <string>
#include <string_view>

namespace inferenceflow::http {

class server_connection;

class exchange {
public:
  exchange(server_connection& connection, const request_head& head, std::string& body);
  exchange(const exchange&) = delete;
  exchange& operator=(const exchange&) = delete;

  [[nodiscard]] const request_head& head() const noexcept { return head_; }
  /// Readable for k_body_padding_bytes past its end.
  [[nodiscard]] std::string& body() noexcept { return body_; }
  [[nodiscard]] net::event_loop& loop() noexcept;

  /// Cancelled when the client goes away (after watch_client()) or the connection dies.
  [[nodiscard]] net::cancel_scope& scope() noexcept { return scope_; }

  /// From now on notices when the client closes its connection. Call before waiting for a backend. A client that only
  /// shuts down its sending side counts as gone, as with other proxies.
  void watch_client();

  /// Sends a whole answer. @param headers  lines as of header_block::text(); framing headers are added here.
  /// @returns false when the client is gone.
  [[nodiscard]] net::task<bool> send(int status, std::string_view headers, std::string_view body);

  /// Starts an answer of unknown length: chunked, or until close for HTTP/1.0.
  [[nodiscard]] net::task<bool> begin_stream(int status, std::string_view headers);
  /// Sends a piece; empty pieces are skipped. Back-pressure: completes when the kernel took it.
  [[nodiscard]] net::task<bool> write(std::string_view piece);
  /// Ends the stream. @param trailers  lines to send as trailer fields; must have been announced with `Trailer`.
  [[nodiscard]] net::task<bool> finish(std::string_view trailers);

  /// A head has been sent, so no other answer is possible.
  [[nodiscard]] bool started() const noexcept { return started_; }
  /// The answer was sent completely.
  [[nodiscard]] bool finished() const noexcept { return finished_; }
  [[nodiscard]] int status() const noexcept { return status_; }
  /// Only the end of the connection tells the client where the answer ends (a stream to HTTP/1.0).
  [[nodiscard]] bool ends_by_close() const noexcept { return ends_by_close_; }

private:
  [[nodiscard]] std::string head_text(int status, std::string_view headers, std::string_view framing) const;
  [[nodiscard]] net::task<bool> put(std::string_view first, std::string_view second, std::string_view third);

  server_connection& connection_;
  const request_head& head_;
  std::string& body_;
  net::cancel_scope scope_;
  int status_ = 0;
  bool started_ = false;
  bool finished_ = false;
  bool chunked_ = false;
  bool ends_by_close_ = false;
};

} // namespace inferenceflow::http
