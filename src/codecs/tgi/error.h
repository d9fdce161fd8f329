/// TGI's error documents, both ways.
///
/// Role:      codec::read_error(), codec::write_error(), and errors in a stream.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    messages are cut to k_message_bytes_max, at a character.
/// Source:    text-generation-inference, router: ErrorResponse {error, error_type}, InferError, ValidationError: 422
///            validation, 424 generation, 429 overloaded, 500 incomplete generation.
#pragma once

#include "base/error.h"
#include "dialogue/codec.h"
#include "dialogue/json_view.h"

#include <cstddef>
#include <string_view>

namespace inferenceflow::codecs::tgi {

inline constexpr std::size_t k_message_bytes_max = 2048;

/// @param status       of the answer, 400 or more.
/// @param body         {"error":…,"error_type":…} or anything else.
/// @param retry_after  the header's text; only whole seconds are understood.
/// @returns source upstream, unless the caller's request is at fault (400, 404, 413, 422).
[[nodiscard]] error read_error(int status, std::string_view body, std::string_view retry_after);

/// An event {"error":…,"error_type":…} of a stream, which has no status: the type decides.
[[nodiscard]] error error_in_stream(const dialogue::json_view& event);

/// {"error":…,"error_type":…}.
[[nodiscard]] dialogue::written_error write_error(const error& why);

/// `failure` of an upstream's document as upstream_failed: its fault is not the caller's.
[[nodiscard]] error unreadable(const error& failure);

} // namespace inferenceflow::codecs::tgi
