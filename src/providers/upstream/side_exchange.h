/// One request to an upstream that is no call of inference, and its whole answer.
///
/// Role:      the providers over HTTP answer provider::exchange() with it.
/// Lifecycle: free coroutine.
/// Threading: one event loop.
/// Bounds:    answer_bytes_max; first_byte_timeout until the answer begins, idle_timeout for each pause in it.
#pragma once

#include "http/upstream_pool.h"
#include "net/cancel_scope.h"
#include "net/event_loop.h"
#include "net/task.h"
#include "providers/side_call.h"

#include <chrono>
#include <cstddef>
#include <string_view>

namespace inferenceflow::providers::upstream {

/// How long an upstream may take.
struct side_patience {
  std::chrono::milliseconds first_byte_timeout;
  std::chrono::milliseconds idle_timeout;
};

/// @param head  whole, blank line included. Lifetime: head and body live until it returns.
/// @returns as provider::exchange().
[[nodiscard]] net::task<result<side_answer>> exchange(net::event_loop& loop, http::upstream_pool& pool,
                                                      side_patience patience, std::string_view head,
                                                      std::string_view body, std::size_t answer_bytes_max,
                                                      net::cancel_scope& scope);

} // namespace inferenceflow::providers::upstream
