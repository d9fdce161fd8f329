/// POST /v1/batch: several requests in one call, answered together.
///
/// Role:      router target.
/// Lifecycle: free function; what it starts ends before it completes, or with the loop.
/// Threading: the exchange's loop.
/// Bounds:    batches.list_max items, batches.list_parallel_max of them at once, k_list_answers_bytes_max of answers:
///            items that would start beyond it are refused, each in its place.
/// Source:    docs: openapi.json, list_request and list_answer.
#pragma once

#include "api/call_context.h"
#include "api/service.h"

namespace inferenceflow::api {

inline constexpr std::size_t k_list_answers_bytes_max = 64U << 20U;

/// Each item takes the way of a request of its own: cache, route, ledger. One that fails fails alone. When the client
/// leaves, what runs is cancelled and nothing more is begun.
[[nodiscard]] net::task<void> serve_list(call_context& context, service& serving);

} // namespace inferenceflow::api
