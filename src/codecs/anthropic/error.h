/// Errors as Anthropic sends them, both ways.
///
/// Role:      codec::read_error and write_error; the streams' `error` events.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    messages are cut to k_error_message_bytes_max, at a character.
/// Source:    Claude API docs, "Errors", read 2026-11: {"type":"error","error":{"type":…,"message":…}}.
#pragma once

#include "base/error.h"
#include "dialogue/codec.h"
#include "dialogue/json_view.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace inferenceflow::codecs::anthropic {

inline constexpr std::size_t k_error_message_bytes_max = 1024;
/// A longer Retry-After is cut to this.
inline constexpr std::int64_t k_retry_after_s_max = 86'400;

/// @param status       HTTP status of the answer.
/// @param body         Anthropic's document, another one, or none.
/// @param retry_after  whole seconds; anything else counts as not said.
/// @returns the caller's faults (400, 404, 413, 422) as the client's; all else as the upstream's. What concerns the
///          gateway's key, account or limits is put in our words.
[[nodiscard]] error read_error_document(int status, std::string_view body, std::string_view retry_after);

/// The `error` object of a stream's error event.
[[nodiscard]] error read_error_object(const dialogue::json_view& object);

/// {"type":"error","error":{…}}
[[nodiscard]] std::string error_body(const error& why);
[[nodiscard]] dialogue::written_error write_error_document(const error& why);

} // namespace inferenceflow::codecs::anthropic
