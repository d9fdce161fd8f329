/// models/M:countTokens: how long is this prompt?
///
/// Role:      codec, for clients that ask and for backends that are asked.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    as for a GenerateContentRequest.
/// Source:    Gemini API reference, "models.countTokens": `contents` alone, or a whole `generateContentRequest`.
#pragma once

#include "base/error.h"
#include "dialogue/codec.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace inferenceflow::codecs::gemini {

inline constexpr std::string_view k_count_method = "countTokens";

/// @returns invalid_request naming the field, by its path within generateContentRequest where there is one.
[[nodiscard]] result<dialogue::request> read_count_request(std::string_view body,
                                                           const dialogue::request_target& target);

/// The whole request is sent, so that tools and system prompt count too. @param model  see path_for().
[[nodiscard]] result<dialogue::written_request> write_count_request(const dialogue::request& asked,
                                                                    std::string_view model);

/// @returns upstream_failed when there is no count.
[[nodiscard]] result<std::int64_t> read_count_answer(std::string_view body);

/// {"totalTokens":n}
[[nodiscard]] std::string write_count_answer(std::int64_t tokens);

} // namespace inferenceflow::codecs::gemini
