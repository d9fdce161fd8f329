/// Cohere's error documents, both ways.
///
/// Role:      codec::read_error(), codec::write_error(), and what a stream's reader makes of an error in it.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    messages are cut to k_message_bytes_max, at a character.
/// Source:    Cohere documentation, "Errors (status codes and description)"; the official Python SDK's errors (400,
/// 401,
///            403, 404, 422, 429, 498, 499, 500, 501, 503, 504); recorded documents {"id":…,"message":…}.
#pragma once

#include "base/error.h"
#include "dialogue/codec.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace inferenceflow::codecs::cohere {

inline constexpr std::size_t k_message_bytes_max = 2048;

/// @param status       of the answer, 400 or more.
/// @param body         {"message":…} or anything else.
/// @param retry_after  the header's text; only whole seconds are understood.
/// @returns source upstream, unless the caller's request is at fault (400, 404, 413, 422).
[[nodiscard]] error read_error(int status, std::string_view body, std::string_view retry_after);

/// {"message":…}. Cohere's own carry an id too; there is none to give here.
[[nodiscard]] dialogue::written_error write_error(const error& why);

/// `message` without addresses of the web and of people and without what may be a key or an account, cut to the bound.
[[nodiscard]] std::string without_addresses(std::string_view message);

/// What went wrong in a stream that Cohere broke off. @param message  Cohere's; may be empty.
[[nodiscard]] error broken_stream(std::string_view message, bool timed_out);

/// `failure` of an upstream's document as upstream_failed: its fault is not the caller's.
[[nodiscard]] error unreadable(const error& failure);

} // namespace inferenceflow::codecs::cohere
