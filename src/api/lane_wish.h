/// Which lane a request asks for, and by when its answer must be there.
///
/// Role:      intake reads the headers with it, the surfaces what their bodies say.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    k_deadline_ms_max.
///
/// Of several wishes the one made most plainly wins: `priority` in the body of /v1/inference, then the header, then
/// OpenAI's service_tier, which is first of all for the provider.
#pragma once

#include "base/error.h"
#include "base/lane.h"
#include "http/exchange.h"
#include "pipeline/request.h"

#include <string_view>

namespace inferenceflow::api {

inline constexpr std::int64_t k_deadline_ms_max = 7LL * 24 * 60 * 60 * 1000;

/// x-inferenceflow-priority and x-inferenceflow-deadline-ms into `request`; the deadline counts from request.started.
/// @returns invalid_request naming the header and what is allowed.
[[nodiscard]] result<void> read_lane_headers(const http::request_head& head, pipeline::request& request);

/// priority → express, flex → batch; everything else, known or not, is standard.
[[nodiscard]] service_lane lane_of_tier(std::string_view service_tier) noexcept;

} // namespace inferenceflow::api
