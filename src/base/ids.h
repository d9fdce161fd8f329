/// Identifiers of requests and answers.
///
/// Role:      x-request-id, ledger keys, `id` fields of answers.
/// Lifecycle: plain strings.
/// Threading: make_* are thread-safe (thread-local generator seeded from the kernel).
/// Bounds:    k_request_id_bytes_max for ids that clients send.
/// Source:    RFC 9562 §5.7 (UUID version 7), W3C Trace Context §3.2.
#pragma once

#include "base/clock.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace inferenceflow {

inline constexpr std::size_t k_request_id_bytes_max = 128;

/// A version-7 UUID: sorts by time, unique across processes. 36 characters.
[[nodiscard]] std::string make_request_id(wall_time now);

/// `prefix` followed by 24 random base-62 characters, e.g. "chatcmpl-…".
[[nodiscard]] std::string make_answer_id(std::string_view prefix);

/// True for 1 to k_request_id_bytes_max characters of [A-Za-z0-9._:/+=@-]: safe in headers, logs and SQL.
[[nodiscard]] bool is_valid_request_id(std::string_view id) noexcept;

/// The 32 hex digits of the trace id in a `traceparent` header, or empty when the header is not valid.
[[nodiscard]] std::string_view trace_id_of(std::string_view traceparent) noexcept;

} // namespace inferenceflow
