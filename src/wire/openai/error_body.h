/// Errors as OpenAI sends them: HTTP status, JSON document, event of a stream.
///
/// Role:      the one place that maps error_kind to HTTP and to OpenAI's `type` and `code`; api/ calls it for every
///            surface that speaks this format.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    messages are cut to k_error_message_bytes_max, at a character.
/// Source:    OpenAI API reference, "Error codes"; recorded 400, 401, 404, 429 answers; RFC 9110 §15.
#pragma once

#include "base/error.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace inferenceflow::wire::openai {

inline constexpr std::size_t k_error_message_bytes_max = 2048;

/// 400 … 504. `cancelled` is 499, which is logged and never sent.
[[nodiscard]] int http_status(error_kind kind) noexcept;

/// OpenAI's `type`, e.g. "invalid_request_error".
[[nodiscard]] std::string_view error_type(error_kind kind) noexcept;
/// OpenAI's `code`, e.g. "model_not_found"; empty where OpenAI sends null.
[[nodiscard]] std::string_view error_code(error_kind kind) noexcept;

/// {"error":{"message":…,"type":…,"param":…,"code":…}}; invalid UTF-8 in the message becomes U+FFFD.
[[nodiscard]] std::string error_body(const error& failure);

/// The same as one event for a stream that has begun: `data: {"error":…}` and a blank line.
[[nodiscard]] std::string error_event(const error& failure);

} // namespace inferenceflow::wire::openai
