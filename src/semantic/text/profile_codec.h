/// Profiles as bytes, so that they can be stored with an entry and read by another process.
///
/// Role:      the semantic cache's shared and file tiers; an entry need not carry the user's text.
/// Lifecycle: pure functions.
/// Threading: no shared state.
/// Bounds:    30 bytes per token and 4 per span of code, about 170 besides; at most 12 KiB.
/// Source:    little-endian fields in the order of text_profile
#pragma once

#include "semantic/text/text_profile.h"

#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::semantic {

/// Changes whenever rules or tables change what a text's profile is: profiles of different versions do not compare.
inline constexpr std::uint8_t k_profile_version = 1;

/// @returns the profile's bytes, the version first.
[[nodiscard]] std::string encode_profile(const text_profile& profile);

/// @param bytes  from encode_profile(), perhaps of another version, perhaps damaged.
/// @returns nothing when the version is another, a bound is exceeded, or bytes are missing or left over. What it
/// returns is
///          safe to compare, though not proven to be what was written: entries are signed by their tier.
[[nodiscard]] std::optional<text_profile> decode_profile(std::string_view bytes);

} // namespace inferenceflow::semantic
