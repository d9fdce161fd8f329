/// Google's error document (google.rpc.Status) ↔ error.
///
/// Role:      codec::read_error and write_error; the stream's reader and writer.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    messages are cut to k_message_bytes_max, at a character.
/// Source:    google.rpc.Status, google.rpc.Code, error_details.proto; Gemini API "Troubleshooting"; recorded 400 and
///            404. Streams that are JSON arrays carry the document inside the array.
#pragma once

#include "base/error.h"
#include "dialogue/codec.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace inferenceflow::codecs::gemini {

inline constexpr std::size_t k_message_bytes_max = 2048;

/// @param status  of HTTP; the document's own code counts when it names an error and this does not.
/// @param retry_after  the Retry-After header; else RetryInfo of the document counts.
[[nodiscard]] error read_error(int status, std::string_view body, std::string_view retry_after);

/// An error document that came with status 200 or inside a stream: its own code decides.
[[nodiscard]] inline error read_status(std::string_view body) {
  return read_error(0, body, {});
}

/// {"error":{"code":400,"message":…,"status":"INVALID_ARGUMENT","details":[…]}}
[[nodiscard]] std::string status_document(const error& why);
[[nodiscard]] dialogue::written_error write_error(const error& why);

} // namespace inferenceflow::codecs::gemini
