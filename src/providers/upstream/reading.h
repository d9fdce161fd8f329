/// Reads an upstream's answer to its end: held whole, or piece by piece through an outflow.
///
/// Role:      the providers over HTTP use it behind the answer's head.
/// Lifecycle: free functions; what they are given must outlive them.
/// Threading: one event loop.
/// Bounds:    bytes_max of a held answer; silence of idle_timeout.
#pragma once

#include "http/upstream_call.h"
#include "providers/provider.h"

#include <chrono>
#include <cstddef>
#include <optional>

namespace inferenceflow::providers::upstream {

/// How long the end of a body may lag behind the protocol's own end.
inline constexpr std::chrono::milliseconds k_end_patience{250};

/// Fills `got` with status, content type, Retry-After and body.
/// @returns why it could not be read: upstream_failed (broken off, longer than bytes_max), upstream_timeout, cancelled.
[[nodiscard]] net::task<std::optional<error>> read_whole(http::upstream_call& exchange, answer& got,
                                                         std::chrono::milliseconds idle_timeout, std::size_t bytes_max);

/// Pushes every read through `out`: push(pieces) and finish() give what is wrong, ended() says that the protocol's own
/// end has been seen, after which only the body's end is waited for, and not long: it frees the connection.
/// @param scope  of the call. @returns why the stream broke off, nothing if it did not.
template <class Outflow>
[[nodiscard]] net::task<std::optional<error>> read_through(http::upstream_call& exchange, Outflow& out,
                                                           std::chrono::milliseconds idle_timeout,
                                                           const net::cancel_scope& scope) {
  std::optional<error> broke;
  while (!broke) {
    const bool ended = out.ended();
    const auto patience = ended ? k_end_patience : idle_timeout;
    const auto pieces = co_await exchange.next(patience);
    if (!pieces && !ended) {
      broke = pieces.error();
    }
    if (!pieces || pieces->empty()) {
      break;
    }
    broke = co_await out.push(*pieces);
  }
  if (!broke) {
    exchange.finish();
    broke = co_await out.finish();
  } else if (scope.cancelled()) {
    broke = make_error(error_kind::cancelled, "cancelled");
  }
  co_return broke;
}

} // namespace inferenceflow::providers::upstream
