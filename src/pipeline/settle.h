/// The last stage: usage → cost and saving → ledger, metrics, access log.
///
/// Role:      pipeline/ calls it exactly once per request.
/// Lifecycle: free functions over values.
/// Threading: the request's event loop; waiting for the ledger does not block it.
/// Bounds:    a full ledger queue drops the row, counted and logged, rather than hold up the answer.
#pragma once

#include "cache/cached_answer.h"
#include "http/exchange.h"
#include "pipeline/reply.h"
#include "pipeline/request.h"
#include "pipeline/services.h"
#include "routing/choice/decision.h"
#include "routing/route_table.h"

#include <chrono>
#include <optional>
#include <span>
#include <string>

namespace inferenceflow::pipeline {

/// HTTP status in ledger and log when the client left before its answer was complete.
inline constexpr int k_client_closed_request = 499;

/// How a request ended.
struct outcome {
  cache_state cache = cache_state::bypass;
  float similarity = 0;                  ///< of the question whose answer it is; 0 unless semantic
  const routing::route* route = nullptr; ///< null when no route was found
  int status = 0;
  bool streamed = false;
  std::string finish_reason;
  std::optional<error_kind> failure;
  cost::token_usage usage;
  cost::token_usage elsewhere; ///< part of it: what other backends used before the route's took the answer over
  money elsewhere_cost;        ///< at their prices
  cost::usage_source source = cost::usage_source::reported;
  std::size_t attempts = 0;                 ///< as in answer_note
  bool charged = false;                     ///< a backend worked for this request
  bool batched = false;                     ///< in a provider's batch
  unsigned price_percent = 100;             ///< of the price, where it was batched
  money direct;                             ///< for hits and followers: what the original call cost
  std::string dropped;                      ///< as in answer_note
  std::optional<store::routed_part> routed; ///< where the route chose
  std::string route_header;                 ///< what it chose, in short
  bool watched = false;                     ///< the answer was judged before it went out
  std::optional<steady_time> first_byte_at;
};

/// What the ledger keeps of a decision, before anything is known of the answer; without the explanation.
[[nodiscard]] store::routed_part routed_part_of(const routing::decision& made, store::routed_role role);

/// "a, b, c".
[[nodiscard]] std::string joined(std::span<const std::string> fields);

/// Prices the outcome, without side effects.
[[nodiscard]] answer_note price(const outcome& ended, wall_time now);

/// Writes ledger row, metrics and access line. With durability `sync`, and for what was batched, completes once the row
/// is on disk. Does nothing for an answer that an earlier process has settled.
/// @param note  as price() gave it.
[[nodiscard]] net::task<void> settle(const services& shared, const config::settings& settings, const request& asked,
                                     const outcome& ended, const answer_note& note, net::event_loop& loop);

/// An access line and metrics for a request that asks no model for words, such as a count of tokens: no ledger row.
void record_unbilled(const services& shared, const config::settings& settings, const request& asked,
                     const outcome& ended);

/// An access line and metrics for a request that never reached the pipeline (malformed, unknown path).
void record_refusal(const services& shared, const config::settings& settings, const request& asked, int status,
                    error_kind kind);

} // namespace inferenceflow::pipeline
