/// What a request asks of the choice of its model: budget, latency, confidence.
///
/// Role:      intake reads the headers with it, /infer what its body says; the body wins.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    k_budget_usd_max, k_latency_slo_ms_max.
#pragma once

#include "base/error.h"
#include "base/money.h"
#include "http/exchange.h"
#include "pipeline/routing_wish.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace inferenceflow::api {

/// More is a mistake: no request costs that much.
inline constexpr double k_budget_usd_max = 1'000'000;
inline constexpr std::int64_t k_latency_slo_ms_max = 24LL * 60 * 60 * 1'000;

/// What is allowed, to be told whoever sends something else.
inline constexpr std::string_view k_budget_allowed = "must be US dollars, more than 0 and at most 1000000";
inline constexpr std::string_view k_latency_slo_allowed = "must be a whole number of milliseconds, 1 to 86400000";
inline constexpr std::string_view k_min_confidence_allowed = "must be a number from 0 to 1";

/// @param usd  US dollars; rounded to whole nano-dollars.
/// @returns nothing when it is not a number, not above 0 after rounding, or above k_budget_usd_max.
[[nodiscard]] std::optional<money> budget_of(double usd) noexcept;

/// x-inferenceflow-budget-usd, x-inferenceflow-latency-slo-ms, x-inferenceflow-min-confidence, and the lists
/// x-inferenceflow-route-models and x-inferenceflow-route-tags into `wish`.
/// @returns invalid_request naming the header and what is allowed.
[[nodiscard]] result<void> read_routing_headers(const http::request_head& head, pipeline::routing_wish& wish);

} // namespace inferenceflow::api
