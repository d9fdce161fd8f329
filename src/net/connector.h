/// Opens connections to one upstream endpoint: DNS, TCP, an HTTP CONNECT proxy if configured, TLS with verification.
///
/// Role:      the upstream pool asks it for a connection when none is idle.
/// Lifecycle: one per event loop and endpoint; outlives its connects.
/// Threading: one event loop; not thread-safe.
/// Bounds:    one deadline over the whole of a connect (endpoint.connect_timeout; a name lookup that the system's
///            resolver is stuck in ends only when that gives up); proxy answer head ≤ 8 KiB.
/// Source:    RFC 9110 §9.3.6 (CONNECT), RFC 6066 §3 (SNI), RFC 9110 §4.3.4 (certificate verification).
#pragma once

#include "base/error.h"
#include "net/byte_stream.h"
#include "net/cancel_scope.h"
#include "net/deadline_wheel.h"
#include "net/task.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace inferenceflow::net {

/// Where an upstream listens.
struct endpoint {
  bool tls = false;
  std::string host; ///< name or address, without brackets
  std::uint16_t port = 0;
  std::string ca_file;                                        ///< PEM; empty = the system's store
  std::optional<std::pair<std::string, std::uint16_t>> proxy; ///< host and port of an HTTP proxy
  std::string proxy_authorization;                            ///< value of Proxy-Authorization; empty = none
  std::chrono::milliseconds connect_timeout{5'000};
};

/// A URL's parts; only http and https.
struct parsed_url {
  bool tls = false;
  std::string host;
  std::uint16_t port = 0;
  std::string path;          ///< without a trailing slash; empty for "/"
  std::string authorization; ///< "Basic …" from user:password@, or empty
};

/// @returns nothing for anything but http(s)://[user[:password]@]host[:port][/path].
[[nodiscard]] std::optional<parsed_url> parse_url(const std::string& url);

class connector {
public:
  connector(boost::asio::io_context& context, deadline_wheel& wheel, endpoint target);

  /// Whether the CA file was readable and so on: checked once, at construction. Empty = fine.
  [[nodiscard]] const std::string& setup_error() const noexcept { return setup_error_; }

  /// Opens one connection.
  /// @returns upstream_failed (refused, no such host, certificate not trusted, proxy refused) or upstream_timeout,
  ///          cancelled. Messages name the reason, not the address.
  /// Cancellation: through `scope`.
  [[nodiscard]] task<result<byte_stream>> connect(cancel_scope& scope);

private:
  class attempt;

  boost::asio::io_context& context_;
  deadline_wheel& wheel_;
  endpoint target_;
  boost::asio::ssl::context tls_;
  std::string setup_error_;
};

} // namespace inferenceflow::net
