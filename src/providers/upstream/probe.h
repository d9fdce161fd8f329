/// Asks an upstream something cheap, to learn whether it is well.
///
/// Role:      the providers over HTTP answer provider::probe() with it.
/// Lifecycle: free coroutine.
/// Threading: one event loop.
/// Bounds:    one connection of the pool; the connect timeout, then first_byte_timeout for the answer's head and for
/// each
///            pause in its body, of which k_probe_body_bytes_max are read so that the connection can be used again.
#pragma once

#include "base/error.h"
#include "http/upstream_pool.h"
#include "net/cancel_scope.h"
#include "net/event_loop.h"
#include "net/task.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::providers::upstream {

inline constexpr std::size_t k_probe_body_bytes_max = 256U << 10U;

/// @param head  a whole GET request, blank line included; lives until the probe returns.
/// @returns as provider::probe().
[[nodiscard]] net::task<std::optional<error>> probe(net::event_loop& loop, http::upstream_pool& pool,
                                                    std::chrono::milliseconds first_byte_timeout, std::string_view head,
                                                    net::cancel_scope& scope);

/// What an answer's status says about the backend's health. @param retry_after  Retry-After, verbatim; empty if none.
[[nodiscard]] std::optional<error> probe_verdict(int status, std::string_view retry_after);

} // namespace inferenceflow::providers::upstream
