/// Media in a JSON string: "data:image/png;base64,AAAA".
///
/// Role:      image_url and file_data of this protocol hold the bytes of media in this form.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    base64_of() makes 4/3 of its input.
/// Source:    RFC 2397, RFC 4648 §4.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::codecs::openai_responses {

struct data_url {
  std::string_view media_type; ///< without parameters; may be empty
  std::string_view base64;
};

/// @returns nothing if `url` is no data URL, or one without base64. Views into `url`.
[[nodiscard]] std::optional<data_url> parse_data_url(std::string_view url) noexcept;

/// RFC 4648 §4, padded.
[[nodiscard]] std::string base64_of(std::string_view bytes);

} // namespace inferenceflow::codecs::openai_responses
