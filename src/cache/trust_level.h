/// How far a source of answers is trusted: entries written at one level never answer a route that asks for a higher
/// one.
///
/// Role:      a route says at which level it writes and from which it reads; every entry carries its own.
/// Lifecycle: plain value.
/// Threading: value; no shared state.
/// Bounds:    one byte: 0 to 255.
#pragma once

#include "base/error.h"

#include <cstdint>
#include <string_view>

namespace inferenceflow::cache {

/// Any number between the named ones is a level too.
enum class trust_level : std::uint8_t { none = 0, low = 64, standard = 128, high = 192 };

/// @param text  "none", "low", "standard", "high", or a number from 0 to 255.
/// @returns invalid_request saying what would be right.
[[nodiscard]] result<trust_level> parse_trust(std::string_view text);

} // namespace inferenceflow::cache
