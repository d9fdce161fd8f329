/// Trust levels as the file writes them.
///
/// Role:      the loader checks cache.trust and routes[].cache_trust with it; routing hands the number on. The words
///            mean what cache::parse_trust() makes of them.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    one byte: 0 to 255.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace inferenceflow::config {

/// @param text  "none", "low", "standard", "high", or a number from 0 to 255. @returns nullopt for anything else.
[[nodiscard]] std::optional<std::uint8_t> trust_number(std::string_view text) noexcept;

} // namespace inferenceflow::config
