/// What a client is told, and what it counts.
///
/// Role:      the owner fills options from the configuration and shows statistics as metrics.
/// Lifecycle: plain values.
/// Threading: value.
/// Bounds:    each field says its own.
#pragma once

#include "resilience/circuit_breaker.h"
#include "store/redis/address.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace inferenceflow::redis {

struct options {
  address target = {};
  std::string ca_file = {};                         ///< PEM, for TLS; empty = the system's store
  std::chrono::milliseconds connect_timeout{1'000}; ///< TCP and TLS; as long again for AUTH and SELECT
  std::chrono::milliseconds answer_time_max{
      2'000};                                      ///< a connection that leaves a command unanswered for longer is dead
  std::chrono::milliseconds fired_age_max{10'000}; ///< fired commands that could not be sent for so long are dropped
  std::chrono::milliseconds backoff_base{50};      ///< between attempts to connect: see backoff.h
  std::chrono::milliseconds backoff_max{2'000};
  std::size_t waiting_max = 8'192; ///< per node: commands that somebody waits for, late ones included
  std::size_t fired_max = 4'096;   ///< per node: commands that nobody waits for, until answered
  std::size_t unsent_bytes_max = std::size_t{64} << 20U; ///< per node and kind: bytes that wait to be written
  std::size_t late_max = 256; ///< per node: late answers owed before the connection is closed
  std::size_t reply_bytes_max = std::size_t{64} << 20U;
  /// Per node. Quick to open and to look again: what is behind it is only a cache.
  resilience::breaker_settings breaker{.consecutive_failures = 8,
                                       .open_time = std::chrono::milliseconds{250},
                                       .open_time_max = std::chrono::milliseconds{5'000},
                                       .probe_time = std::chrono::milliseconds{1'000}};
};

/// Counted since the client was made, over all its nodes.
struct statistics {
  std::uint64_t commands = 0;     ///< sent, fired ones and the client's own included
  std::uint64_t replies = 0;      ///< read, late ones included
  std::uint64_t late_replies = 0; ///< to commands whose caller was gone
  std::uint64_t timeouts = 0;     ///< callers that went without an answer
  std::uint64_t errors = 0;       ///< answers that were failures, redirects not counted
  std::uint64_t fired_errors = 0; ///< of them, answers to fired commands
  std::uint64_t refused = 0;      ///< run() that failed at once: breaker open, pause after a failure, queue full
  std::uint64_t dropped = 0;      ///< fired commands that were never sent, or whose answer never came
  std::uint64_t redirects = 0;    ///< MOVED and ASK
  std::uint64_t connects = 0;     ///< connections that came about
  std::uint64_t connect_failures = 0;
  std::uint64_t disconnects = 0; ///< connections lost
  std::uint64_t writes = 0;      ///< gathered writes: commands / writes is what pipelining saves
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t round_trips = 0;   ///< answers that round_trip_us sums up
  std::uint64_t round_trip_us = 0; ///< from write to answer
  std::size_t nodes = 0;           ///< at the moment
  std::size_t connected = 0;       ///< of them
  std::size_t breakers_open = 0;   ///< of them, half-open ones included
};

} // namespace inferenceflow::redis
