/// Times as logs write them.
///
/// Role:      readers of lines.
/// Lifecycle: pure functions.
/// Threading: reentrant.
/// Bounds:    years 1970 to 9999; anything else is no time.
/// Source:    RFC 3339; Python's str(datetime); PostgreSQL's timestamp text.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace inferenceflow::replay {

/// "2026-03-01T12:00:00.123Z", "2026-03-01 12:00:00+02", without a zone UTC; or digits as unix_ms_of() takes them.
/// @returns Unix milliseconds, or nothing.
[[nodiscard]] std::optional<std::int64_t> parse_time(std::string_view text) noexcept;

/// A number that is a Unix time in seconds, milliseconds, microseconds or nanoseconds, told apart by its size.
/// @returns Unix milliseconds, or nothing for what is none.
[[nodiscard]] std::optional<std::int64_t> unix_ms_of(double number) noexcept;

} // namespace inferenceflow::replay
