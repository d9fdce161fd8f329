/// A connection that speaks HTTP no longer: what is left when a handler has taken it over.
///
/// Role:      exchange::taken_over() after switch_protocols(); websocket reads and writes it.
/// Lifecycle: lives as long as the exchange; the connection closes when the handler returns.
/// Threading: its event loop.
/// Bounds:    early holds at most what the connection had read ahead.
/// Source:    RFC 9110 §7.8.
#pragma once

#include "net/byte_stream.h"
#include "net/event_loop.h"

#include <chrono>
#include <functional>
#include <string>

namespace inferenceflow::http {

struct raw_connection {
  net::byte_stream& stream;
  net::event_loop& loop;
  std::chrono::milliseconds write_timeout{0}; ///< for the peer to take one write
  std::string early;                          ///< bytes that came right behind the request
  bool draining = false;                      ///< the server is shutting down
  std::function<void()> on_drain;             ///< told when it begins to; may be empty
};

} // namespace inferenceflow::http
