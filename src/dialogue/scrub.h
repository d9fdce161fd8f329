/// A provider's message without what is not for a caller.
///
/// Role:      every codec's read_error() and the readers of its streams, behind what the codec knows of its provider's
/// own
///            forms of keys and accounts.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    bytes_max of the caller's choice.
/// Source:    recorded errors, and the forms of keys in the providers' documentation.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace inferenceflow::dialogue {

inline constexpr std::size_t k_scrubbed_bytes_max = 2048;

/// `message` without keys, URLs, e-mail addresses, names of accounts, organisations and projects; cut at bytes_max, at
/// a character. Quotes, braces and line ends stay, so that a JSON document mostly stays one.
[[nodiscard]] std::string scrubbed(std::string_view message, std::size_t bytes_max = k_scrubbed_bytes_max);

/// At most `bytes_max` bytes of `text`, cut at a character of its UTF-8.
[[nodiscard]] std::string_view cut_at_character(std::string_view text, std::size_t bytes_max) noexcept;

} // namespace inferenceflow::dialogue
