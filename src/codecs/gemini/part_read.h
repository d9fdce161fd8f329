/// One Part of a Content, as a part of the superset.
///
/// Role:      request_read, chunk_read (answers and streams).
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    none beyond the document's.
/// Source:    Gemini API reference, "Part", "Blob", "FileData", "FunctionCall", "FunctionResponse".
#pragma once

#include "codecs/gemini/call_ids.h"
#include "dialogue/json_view.h"
#include "dialogue/part.h"

#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::codecs::gemini {

/// What client libraries send as a function call's signature when its model made none: Gemini 3 wants one, and takes
/// this. base64 of "skip_thought_signature_validator".
inline constexpr std::string_view k_no_signature = "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=";

/// Reads one part. Faults are noted in its document.
/// @returns nothing for a part that says nothing: an empty text without a signature.
[[nodiscard]] std::optional<dialogue::part> read_part(const dialogue::json_view& part, call_ids& ids);

/// image/… is an image, audio/… audio, video/… video, everything else a document.
[[nodiscard]] dialogue::media_kind kind_of(std::string_view media_type) noexcept;

/// base64 of either alphabet, with or without padding, as RFC 4648 §4 has it.
/// @returns nothing when it is not base64.
[[nodiscard]] std::optional<std::string> standard_base64(std::string_view given);

} // namespace inferenceflow::codecs::gemini
